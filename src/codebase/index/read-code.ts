import { lstatSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../lib/ids.ts";
import { stringifyData } from "../../lib/plain-data.ts";
import { environmentIn, portsIn } from "../../source/environment.ts";
import type { Language } from "../../source/languages.ts";
import { settingsIn } from "../../source/messaging/settings.ts";
import { mayCarryMessages, trafficOf } from "../../source/messaging/traffic.ts";
import { type FileStamp, readStable, stampOf, textOf } from "../../source/read-file.ts";
import { requestsIn } from "../../source/requests.ts";
import { MAY_INHERIT_ROUTES, routeFactsOf } from "../../source/routes/read.ts";
import { TABLE_WORDS } from "../../source/routes/script-tables.ts";
import { type FileInfo, type SourceFile, sourceFile } from "../../source/source-file.ts";
import { GrammarMissing, loadGrammars, parseSource, type SyntaxTree } from "../../source/syntax.ts";
import { extract } from "../extract/extract.ts";
import { packUses } from "../extract/facts.ts";
import { type Chunk, chunksOf } from "../search/chunks.ts";
import { manifestIn } from "./manifest.ts";

/** A file to read, as it is sent to whoever has time. */
export interface Task {
  info: FileInfo;
  /** Digest of the content that is indexed already. */
  known: string | null;
  /** Content that stands for the file's own. */
  source?: string;
}

/** A definition as a row, without its number: name, container, kind, line, end, exported, signature, type, bases, decorators, flags. */
export type DefinitionRow = readonly [
  string,
  string,
  string,
  number,
  number,
  0 | 1,
  string,
  string,
  string,
  string,
  string,
];
export type BoundRow = readonly [role: string, local: string, module: string, name: string, line: number, tail: string];

/** What of a file goes into the index. */
export interface Contents {
  lines: number;
  /** Whether its syntax could be read to the end. */
  parsed: boolean;
  definitions: DefinitionRow[];
  bound: BoundRow[];
  /** JSON object: uses by name. */
  uses: string;
  facts: (readonly [kind: FactKind, text: string])[];
  chunks: Chunk[];
}

export type FactKind = "routes" | "traffic" | "requests" | "environment" | "ports" | "settings" | "manifest";

export type ReadResult =
  | { state: "skipped"; reason: string }
  | { state: "same"; stamp: FileStamp; read_at: number }
  | { state: "new"; stamp: FileStamp; read_at: number; digest: string; contents: Contents };

export interface Batch {
  root: string;
  tasks: Task[];
}

/** Read a batch of files: what a thread does, and what is done here when there are few. */
export async function readBatch({ root, tasks }: Batch): Promise<ReadResult[]> {
  await loadGrammars(tasks.map(({ info }) => info));
  const results: ReadResult[] = [];
  for (const task of tasks)
    try {
      results.push(readCode(root, task));
    } catch (cause) {
      if (!(cause instanceof GrammarMissing)) throw cause;
      await loadGrammars([task.info]);
      results.push(readCode(root, task));
    }
  return results;
}

function readCode(root: string, { info, known, source }: Task): ReadResult {
  const read_at = Date.now();
  if (source !== undefined) {
    const stamp = stampAt(join(root, info.path));
    return { state: "new", stamp, read_at, digest: digestOf(source), contents: contentsOf(info, source) };
  }
  const read = readStable(join(root, info.path));
  if ("skip" in read) return { state: "skipped", reason: read.skip };
  const { bytes, stamp } = read;
  const digest = digestOf(bytes);
  if (digest === known) return { state: "same", stamp, read_at };
  const text = textOf(bytes, info.kind);
  if ("skip" in text) return { state: "skipped", reason: text.skip };
  return { state: "new", stamp, read_at, digest, contents: contentsOf(info, text.text) };
}

/** The stamp of what is on disk; all zero when there is nothing. */
function stampAt(path: string): FileStamp {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats ? stampOf(stats) : { size: 0, mtime: 0, ctime: 0, inode: 0 };
}

const digestOf = (content: string | Uint8Array) => sha256(content).slice(0, 32);

/** What the text of a file says. */
function contentsOf(info: FileInfo, text: string): Contents {
  let tree: SyntaxTree | null | undefined;
  const parse = () => {
    tree = info.language ? parseSource(info.path, info.language, text) : null;
    return tree;
  };
  const file = sourceFile(info, text, parse, () => {});
  try {
    const code = extract(file);
    return {
      lines: countLines(text),
      parsed: info.language === null || (tree != null && !tree.has_error && !tree.exhausted),
      definitions: (code?.declared ?? []).map((one) => [
        one.name,
        one.container,
        one.kind,
        one.line,
        one.end_line,
        one.exported ? 1 : 0,
        one.signature,
        one.type,
        one.bases.join(","),
        one.decorators.join(","),
        one.flags.join(","),
      ]),
      bound: (code?.bound ?? []).map((one) => [
        one.role,
        one.local,
        one.module,
        one.name,
        one.line,
        tailOf(one.module),
      ]),
      uses: code ? packUses(code.uses) : "{}",
      facts: [...factsOf(file)],
      chunks: code ? chunksOf(text, info.path, code.declared) : [],
    };
  } finally {
    tree?.delete();
  }
}

/** Last part of a module's name: what the file it means is called, or the folder. */
export function tailOf(module: string): string {
  const plain = module.replace(/\.(d\.)?[cm]?[jt]sx?$/, "").replace(/\/index$/, "");
  return /([\w$-]+)\W*$/.exec(plain)?.[1] ?? "";
}

function* factsOf(file: SourceFile): Generator<readonly [FactKind, string]> {
  const { kind, text } = file;
  if (kind === "code") {
    const routes = mayDeclareRoutes(file) ? routeFactsOf(file) : undefined;
    if (routes) yield ["routes", stringifyData(routes)];
    const traffic = mayCarryMessages(text) ? trafficOf(file) : undefined;
    if (traffic) yield ["traffic", stringifyData(traffic)];
    const requests = requestsIn(file);
    if (requests.length > 0) yield ["requests", stringifyData(requests)];
    const environment = environmentIn(file);
    if (environment.length > 0) yield ["environment", JSON.stringify(environment)];
  } else {
    const manifest = manifestIn(file);
    if (manifest) yield ["manifest", JSON.stringify(manifest)];
    const settings = settingsIn(file);
    if (settings) yield ["settings", stringifyData(settings)];
  }
  const ports = portsIn(file);
  if (ports.length > 0) yield ["ports", JSON.stringify(ports)];
}

/** Calls and annotations without which a file declares no routes; what it says of guards only is not asked for. */
const DECLARES: Readonly<Record<Language, RegExp>> = {
  python:
    /@\w[\w.]*\.(get|post|put|patch|delete|route|api_route|view)\(|add_(url_rule|api_route|route|get|post|put|delete|view)|include_router|register_blueprint|\b(path|re_path|url|Route|Mount|web\.\w+|register|APIRouter|Blueprint)\(|\brest_framework\b|\bdjango\.(views|http|shortcuts)\b/,
  typescript:
    /\.(get|post|put|patch|delete|del|all|use|route|register|addHook)\(|@(Get|Post|Put|Patch|Delete|All|Controller)\b|createServer/,
  javascript:
    /\.(get|post|put|patch|delete|del|all|use|route|register|addHook)\(|@(Get|Post|Put|Patch|Delete|All|Controller)\b|createServer/,
  go: /\.(HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Any|Get|Post|Put|Patch|Delete|Method|Group|Route|Mount|PathPrefix|Subrouter)\(/,
  java: /(Mapping|Exchange)\b|@Path\b/,
};

function mayDeclareRoutes({ language, text }: SourceFile): boolean {
  if (language === null) return false;
  if (DECLARES[language].test(text)) return true;
  if (language === "java") return MAY_INHERIT_ROUTES.test(text);
  return /script$/.test(language) && TABLE_WORDS.test(text);
}

function countLines(text: string): number {
  let lines = text.length > 0 && !text.endsWith("\n") ? 1 : 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
