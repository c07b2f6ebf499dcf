import { posix } from "node:path";
import * as z from "zod";
import type { SourceFile } from "../../../source/source-file.ts";

/** What a manifest says of the programs of its folder: paths from the project's root, without extension. */
export interface Programs {
  /** Commands, and what its scripts run. */
  run: string[];
  /** What its scripts start as a service. */
  started: string[];
  /** Python modules of console scripts, as paths below some source folder. */
  modules: string[];
}

const MOST = 200;
const Manifest = z.object({
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  scripts: z.record(z.string(), z.string()).optional().catch(undefined),
});
const SERVICE_SCRIPT = /^(pre|post)?(start|serve|server|dev|develop|prod|production|watch|worker|up|debug)([:._-]|$)/;
const RUN =
  /(?:^|[\s;&|"'])(?:node|tsx|ts-node|bun|deno|swc-node|babel-node|nodemon)\s+(?:run\s+|-{1,2}[\w=:/@.-]+\s+){0,10}([\w@./-]+)/g;
const CONSOLE_SCRIPTS =
  /(?:^|["'\n])\s{0,20}[\w.-]{1,80}\s{0,10}=\s{0,10}["']?([A-Za-z_][\w.]{0,200}):[A-Za-z_]\w{0,80}/g;

/** Programs named in package.json, pyproject.toml, setup.py and setup.cfg; undefined when the file names none. */
export function programsIn(file: SourceFile): Programs | undefined {
  const name = posix.basename(file.path);
  const programs: Programs = { run: [], started: [], modules: [] };
  if (name === "package.json") fromPackage(file, programs);
  else if (/^(pyproject\.toml|setup\.cfg)$/.test(name) && /scripts/.test(file.text))
    for (const [, module = ""] of file.text.matchAll(CONSOLE_SCRIPTS))
      programs.modules.push(module.replaceAll(".", "/"));
  const { run, started, modules } = programs;
  return run.length + started.length + modules.length > 0 ? programs : undefined;
}

function fromPackage(file: SourceFile, programs: Programs): void {
  const { bin, scripts } = manifestIn(file.text);
  const folder = posix.dirname(file.path);
  const at = (path: string) => stem(posix.normalize(posix.join(folder, path)));
  const commands = typeof bin === "string" ? [bin] : Object.values(bin ?? {}).slice(0, MOST);
  for (const path of commands) programs.run.push(...sourcesOf(path).map(at));
  for (const [name, command] of Object.entries(scripts ?? {}).slice(0, MOST)) {
    // cd extra/labels && node index.js
    const below = /^\s*cd\s+([\w@./-]+)\s*&&/.exec(command)?.[1] ?? "";
    const paths = [...command.slice(0, 2000).matchAll(RUN)].flatMap(([, path = ""]) =>
      sourcesOf(posix.join(below, path)).map(at),
    );
    (SERVICE_SCRIPT.test(name) ? programs.started : programs.run).push(...paths);
  }
}

function manifestIn(text: string): z.infer<typeof Manifest> {
  try {
    return Manifest.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    // Whether it is valid is not for a rule of logging to say.
    return {};
  }
}

/** What is built stands for what it is built from: dist/cli.js for src/cli.ts. */
function sourcesOf(path: string): string[] {
  const plain = path.replace(/^\.\//, "");
  const [, rest] = /^(?:dist|build|out|lib)\/(?:src\/)?(.+)$/.exec(plain) ?? [];
  return rest === undefined ? [plain] : [plain, `src/${rest}`, rest];
}

/** A path without its extension, as modules are named. */
export function stem(path: string): string {
  return path.replace(/\.([cm]?[jt]sx?|py)$/, "").replace(/\/(index|__main__)$/, "");
}
