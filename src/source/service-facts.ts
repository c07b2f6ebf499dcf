import { join } from "node:path";
import { isTestPath, kindOf, languageOf } from "./languages.ts";
import { flowsOf, type TrafficFact } from "./messaging/flow.ts";
import { trafficOf } from "./messaging/traffic.ts";
import { readStable, textOf } from "./read-file.ts";
import { routeFactsOf } from "./routes/read.ts";
import { type FileFacts, servedRoutes } from "./routes/resolve.ts";
import { type FileInfo, sourceFile } from "./source-file.ts";
import { loadGrammars, parseSource, type SyntaxTree } from "./syntax.ts";
import { walk } from "./walk.ts";

/** What the code of one service's folder says that it offers. */
export interface ServiceFacts {
  routes: { method: string; path: string }[];
  published: string[];
  consumed: string[];
  /** Whether a name stands anywhere in the code, as a whole string or in what is published or consumed. */
  mentions(name: string): boolean;
  /** Code files that were read; 0 means that nothing is known. */
  files: number;
}

/** Whole strings that may be names of events. */
const QUOTED = /["'`]([A-Za-z_$][\w$.:/#*>@-]{1,120})["'`]/g;

/** Read the routes and messages of a service's folder, tests left out. A folder that is not there has no files. */
export async function readServiceFacts(folder: string, signal: AbortSignal): Promise<ServiceFacts> {
  const infos = walk(folder, [], signal)
    .files.map(({ path }): FileInfo => {
      return { path, service: "", kind: kindOf(path), language: languageOf(path), is_test: isTestPath(path) };
    })
    .filter(({ kind, is_test }) => kind === "code" && !is_test);
  await loadGrammars(infos);
  const routes: FileFacts[] = [];
  const traffic: TrafficFact[] = [];
  const literals = new Set<string>();
  let files = 0;
  for (const info of infos) {
    signal.throwIfAborted();
    const read = readStable(join(folder, info.path));
    const text = "skip" in read ? read : textOf(read.bytes, info.kind);
    if ("skip" in text) continue;
    files += 1;
    let tree: SyntaxTree | null = null;
    const parse = () => {
      tree = info.language ? parseSource(info.path, info.language, text.text) : null;
      return tree;
    };
    const file = sourceFile(info, text.text, parse, () => {});
    try {
      const facts = routeFactsOf(file);
      if (facts) routes.push({ path: info.path, facts });
      for (const [, name = ""] of file.text.matchAll(QUOTED)) literals.add(name);
      const messages = trafficOf(file);
      if (messages) traffic.push({ file: info, fact: messages });
    } finally {
      freed(tree);
    }
  }
  const flows = flowsOf(traffic, new Map());
  return {
    routes: servedRoutes(routes).map(({ method, full }) => ({ method, path: full })),
    published: flows.published.map(({ name }) => name),
    consumed: flows.consumed.map(({ name }) => name),
    mentions: (name) => literals.has(name) || flows.mentioned(name),
    files,
  };
}

function freed(tree: SyntaxTree | null): void {
  tree?.delete();
}
