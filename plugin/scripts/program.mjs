// Where super-orchestrator is on this machine.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The command that runs it, as a list: what SUPER_ORCHESTRATOR_CLI names (a cli.js), the checkout or package that this
 * plugin lies in, or the one on PATH; undefined when there is none.
 */
export function installed(env = process.env) {
  if (env.SUPER_ORCHESTRATOR_CLI) return [process.execPath, resolve(env.SUPER_ORCHESTRATOR_CLI)];
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const own = join(root, "dist", "cli.js");
  if (existsSync(own) && nameOf(root) === "super-orchestrator") return [process.execPath, own];
  const names = process.platform === "win32" ? ["super-orchestrator.cmd"] : ["super-orchestrator"];
  for (const folder of (env.PATH ?? "").split(delimiter))
    for (const name of names) if (folder && existsSync(join(folder, name))) return [join(folder, name)];
  return undefined;
}

function nameOf(root) {
  try {
    return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).name;
  } catch {
    return undefined;
  }
}
