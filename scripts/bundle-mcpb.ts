// Makes the .mcpb bundle for Claude Desktop and other hosts that install bundles: `npm run bundle:mcpb [-- OUTPUT]`.
// MCPB_CLI names the official packer (@anthropic-ai/mcpb); else npx fetches it. The bundle runs on the platform and major
// version of Node that made it: the database is native code.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { stage } from "./mcpb/stage.ts";

const { name, version } = packageJson;
const major = process.versions.node.split(".")[0];
const output = resolve(process.argv[2] ?? `${name}-${version}-${process.platform}-${process.arch}-node${major}.mcpb`);
const folder = mkdtempSync(join(tmpdir(), "so-mcpb-"));
try {
  stage(folder);
  const packer = process.env.MCPB_CLI;
  const [command, args] = packer ? [packer, []] : ["npx", ["-y", "@anthropic-ai/mcpb@2.1"]];
  const { status } = spawnSync(command, [...args, "pack", folder, output], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
