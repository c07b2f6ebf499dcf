// Writes docs/tools.md, docs/codes.md and docs/config.md from the code; with --check, says which of them is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codesPage } from "./docs/codes.ts";
import { configPage } from "./docs/config.ts";
import { toolsPage } from "./docs/tools.ts";

const folder = fileURLToPath(new URL("../docs/", import.meta.url));
const pages = { "tools.md": toolsPage(), "codes.md": codesPage(), "config.md": configPage() };

if (process.argv.includes("--check")) {
  const stale = Object.entries(pages).filter(([name, text]) => {
    const path = join(folder, name);
    return !existsSync(path) || readFileSync(path, "utf8").replaceAll("\r\n", "\n") !== text;
  });
  for (const [name] of stale) console.error(`docs/${name} is stale: run npm run docs and commit it.`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
}
