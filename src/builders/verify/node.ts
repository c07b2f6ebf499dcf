import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { npmTest } from "./node-report.ts";
import { hasAny, type PlannedCommand, requireTool, type Surroundings, type Toolchain } from "./toolchain.ts";

const Manifest = z.object({
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

/** A service with a package.json: `npm test`, after an install when it has dependencies that are not there. */
export function nodeToolchain(surroundings: Surroundings): Toolchain {
  const { directory } = surroundings;
  const manifest = readManifest(directory);
  if (manifest === undefined) return { reason: "package.json cannot be read as a package manifest." };
  const { scripts = {} } = manifest;
  if (!scripts.test || /no test specified/.test(scripts.test)) return { reason: "package.json has no test script." };
  requireTool(["npm"], "services with a package.json");
  const commands: PlannedCommand[] = [];
  const needed = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  if (Object.keys(needed).length > 0 && !existsSync(join(directory, "node_modules"))) commands.push(install(directory));
  if (scripts.build) commands.push({ purpose: "build", command: "npm", args: ["run", "build"] });
  commands.push(npmTest(scripts, surroundings));
  return { commands };
}

/** Exactly what the lockfile says when there is one; no lockfile is written, because the files are the builder's. */
function install(directory: string): PlannedCommand {
  const quiet = ["--no-audit", "--no-fund", "--include=dev"];
  const locked = hasAny(directory, ["package-lock.json", "npm-shrinkwrap.json"]);
  const args = locked ? ["ci", ...quiet] : ["install", "--no-package-lock", ...quiet];
  return { purpose: "install", command: "npm", args };
}

function readManifest(directory: string): z.infer<typeof Manifest> | undefined {
  try {
    return Manifest.parse(JSON.parse(readFileSync(join(directory, "package.json"), "utf8")));
  } catch {
    return undefined;
  }
}
