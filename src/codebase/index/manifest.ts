import { parseDocument } from "yaml";
import { isRecord } from "../../source/contract-documents.ts";
import type { SourceFile } from "../../source/source-file.ts";

/** What a folder is called, and where its imports lead. */
export interface Manifest {
  kind: "package" | "go" | "python" | "paths" | "jvm";
  /** Name others import it by; "" when it has none. */
  name: string;
  /** Files that others, or the one who starts it, come in by; relative to the manifest. */
  entries: string[];
  /** Import prefixes and the folders they stand for, as tsconfig.json writes them. */
  paths: [pattern: string, targets: string[]][];
}

const MAX_CHARACTERS = 512 * 1024;

/** Whether `manifestIn` may say something of a file of this name. */
export function isManifest(path: string): boolean {
  return /(^|\/)(package\.json|[tj]sconfig(\.\w+)?\.json|go\.mod|pyproject\.toml|setup\.(py|cfg)|pom\.xml|build\.gradle(\.kts)?)$/.test(
    path,
  );
}

/** What a manifest says; undefined for every other file. */
export function manifestIn({ path, text }: SourceFile): Manifest | undefined {
  if (!isManifest(path) || text.length > MAX_CHARACTERS) return undefined;
  const none = { name: "", entries: [], paths: [] };
  if (/(^|\/)package\.json$/.test(path)) return packageManifest(text);
  if (/(^|\/)[tj]sconfig(\.\w+)?\.json$/.test(path)) return pathsManifest(text);
  if (/(^|\/)go\.mod$/.test(path))
    return { ...none, kind: "go", name: /^module\s+"?([^\s"]{1,200})/m.exec(text)?.[1] ?? "" };
  if (/(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/.test(path)) return { ...none, kind: "jvm" };
  const scripts = [...text.matchAll(/["'\s=]([\w.]{2,80}):[A-Za-z_]\w*["'\s,\]]/g)].map(([, module = ""]) => module);
  const name = /\bname\s{0,4}=\s{0,4}["']([^"'\n]{1,80})/.exec(text)?.[1] ?? "";
  return { ...none, kind: "python", name, entries: scripts };
}

function packageManifest(text: string): Manifest | undefined {
  const json = parsed(text);
  if (!json) return undefined;
  const scripts = Object.values(isRecord(json.scripts) ? json.scripts : {}).flatMap((line) =>
    typeof line === "string" ? (line.match(/[\w./-]+\.[cm]?[jt]sx?\b/g) ?? []) : [],
  );
  const entries = [json.main, json.module, json.types, json.browser, json.source, json.bin, json.exports].flatMap(
    leaves,
  );
  const name = typeof json.name === "string" ? json.name : "";
  return { kind: "package", name, entries: [...new Set([...entries, ...scripts])].slice(0, 100), paths: [] };
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return isRecord(value) ? Object.values(value).flatMap(leaves).slice(0, 100) : [];
}

function pathsManifest(text: string): Manifest | undefined {
  const json = parsed(text);
  const options = json && isRecord(json.compilerOptions) ? json.compilerOptions : undefined;
  if (!options) return undefined;
  const base = typeof options.baseUrl === "string" ? options.baseUrl : ".";
  const listed = Object.entries(isRecord(options.paths) ? options.paths : {}).slice(0, 200);
  const paths = listed.map(([pattern, targets]): [string, string[]] => [
    pattern,
    leaves(Array.isArray(targets) ? Object.fromEntries(targets.entries()) : targets).map((one) => `${base}/${one}`),
  ]);
  if (typeof options.baseUrl === "string") paths.push(["*", [`${base}/*`]]);
  return paths.length > 0 ? { kind: "paths", name: "", entries: [], paths } : undefined;
}

/** JSON, with comments and trailing commas where somebody wrote them: YAML allows the latter. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    try {
      const plain = text.replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1");
      const value: unknown = parseDocument(plain).toJS({ maxAliasCount: 0 });
      return isRecord(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
