import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { DEFAULT_TOOLSETS } from "../../src/tools/define-tool.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { PROMPTS } from "../../src/tools/prompts/index.ts";
import EXTERNAL from "../external.json" with { type: "json" };

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Maps, types, sources and intermediate files of packages: they run without. */
const NEEDLESS = [
  /\.(map|[cm]?ts|flow|markdown)$/,
  /\/node_modules\/.*\.md$/,
  /\/better-sqlite3\/(deps|src)$/,
  /\/better-sqlite3\/build\/(?!Release$|Release\/better_sqlite3\.node$)/,
  /\/build\/Release\/(obj|obj\.target|\.deps)$/,
];

/** What the host fills in. */
const filled = (name: string) => `\${${name}}`;

/**
 * The manifest of the bundle (MCPB 0.3). The database is native code: a bundle is for the platform and the major version
 * of Node it was made with, and says so.
 */
export function manifest(): Record<string, unknown> {
  const { name, version, description, license } = packageJson;
  const major = Number(process.versions.node.split(".")[0]);
  return {
    manifest_version: "0.3",
    name,
    display_name: "Super Orchestrator",
    version,
    description,
    author: { name: "super-orchestrator contributors" },
    license,
    server: {
      type: "node",
      entry_point: "dist/server.js",
      mcp_config: {
        command: "node",
        args: [
          `${filled("__dirname")}/dist/server.js`,
          "--workspace",
          filled("user_config.workspace"),
          "--toolsets",
          filled("user_config.toolsets"),
        ],
      },
    },
    tools: TOOLS.filter(({ toolset }) => DEFAULT_TOOLSETS.includes(toolset)).map((tool) => ({
      name: tool.name,
      description: tool.description,
    })),
    tools_generated: true,
    prompts_generated: PROMPTS.length > 0,
    keywords: ["orchestration", "code-generation", "quality-gate", "contracts", "security"],
    compatibility: {
      platforms: [process.platform],
      runtimes: { node: `>=${major === 20 ? "20.19" : `${major}.0`}.0 <${major + 1}.0.0` },
    },
    user_config: {
      workspace: {
        type: "directory",
        title: "Project folder",
        description: "Where the PRD is and the services go; state is kept in its .super-orchestrator folder.",
        required: true,
      },
      toolsets: {
        type: "string",
        title: "Toolsets",
        description: "Tools offered from the start, separated by commas, or all.",
        default: DEFAULT_TOOLSETS.join(","),
        required: false,
      },
    },
  };
}

const Dependencies = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

/** Folders of packages that run outside the bundled program, with what they depend on, below `root`. */
function installed(root: string): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string, optional: boolean): void => {
    const folder = resolved(name, from, root);
    if (folder === undefined && optional) return;
    if (folder === undefined)
      throw new Error(`${name}, which ${relative(root, from)} needs, is not installed: run npm ci.`);
    if (found.has(folder)) return;
    found.add(folder);
    const own = Dependencies.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
    for (const inner of Object.keys(own.optionalDependencies)) add(inner, folder, true);
    for (const inner of Object.keys(own.dependencies))
      if (!(inner in own.optionalDependencies)) add(inner, folder, false);
  };
  for (const name of EXTERNAL) add(name.replace(/\/\*$/, ""), root, false);
  return [...found];
}

/** As Node looks for packages: upwards from who asks. */
function resolved(name: string, from: string, root: string): string | undefined {
  const here = join(from, "node_modules", name);
  if (existsSync(join(here, "package.json"))) return here;
  return from === root ? undefined : resolved(name, dirname(from), root);
}

/** Put everything a bundle holds into a folder. Errors: when the program is not built, or a package not installed. */
export function stage(folder: string): void {
  if (!existsSync(join(ROOT, "dist", "server.js"))) throw new Error("There is no dist/server.js: run npm run build.");
  const take = (path: string) =>
    cpSync(join(ROOT, path), join(folder, path), {
      recursive: true,
      dereference: true,
      filter: (source) => !NEEDLESS.some((pattern) => pattern.test(source.split(sep).join("/"))),
    });
  mkdirSync(folder, { recursive: true });
  for (const path of ["dist", "package.json", "LICENSE", "README.md"]) take(path);
  for (const path of installed(ROOT)) take(relative(ROOT, path));
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
}
