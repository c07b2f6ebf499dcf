import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import type { Language as Grammar, Node, Parser, Query, QueryMatch } from "web-tree-sitter";
import { COMMON_QUERIES } from "./common-queries.ts";
import type { Language } from "./languages.ts";

export type SyntaxNode = Node;

/** Captured nodes of one match by capture name; of a repeated capture the first. */
export type Captures = Readonly<Record<string, SyntaxNode | undefined>>;

/** A parsed file. Its nodes are worthless after `delete`. */
export interface SyntaxTree {
  readonly root: SyntaxNode;
  /** Whether the parser had to skip over something. */
  readonly has_error: boolean;
  /** Whether a query had to be given up: what was not matched was not looked at. */
  readonly exhausted: boolean;
  /** All matches of a tree-sitter query, in document order. The query must fit the file's grammar. */
  matches(query: string): Captures[];
  delete(): void;
}

type GrammarName = Language | "tsx";

interface Loaded {
  grammar: Grammar;
  queries: Map<string, Query>;
  /** Common queries as one; made when the first of them is asked for where few files are read. */
  common: { sources: readonly string[]; together?: Query };
}

/** Nothing a person writes is larger or deeper; beyond it parsing and matching cost seconds. */
const MAX_CHARACTERS = 512 * 1024;
const MAX_DEPTH = 400;
const MAX_MATCH_MS = 2000;
const MAX_PARSE_MS = 5000;

/** The library, once something is parsed: loading it takes longer than looking through what is known already. */
interface Library {
  parser: Parser;
  Query: typeof Query;
}

const loaded = new Map<GrammarName, Loaded>();
let library: Library | undefined;

/** A file was to be parsed whose grammar is not loaded: load it and begin with that file again. */
export class GrammarMissing extends Error {}

/** Load what is needed to parse these files; loading again is free. */
export async function loadGrammars(files: readonly { path: string; language: Language | null }[]): Promise<void> {
  const names = new Map(
    files.flatMap((file) => (file.language ? [[grammarOf(file.path, file.language), file.language] as const] : [])),
  );
  const missing = [...names].filter(([name]) => !loaded.has(name));
  if (missing.length === 0) return;
  const { Parser, Query, Language: Grammar } = await import("web-tree-sitter");
  if (!library) {
    await Parser.init();
    library ??= { parser: new Parser(), Query };
  }
  const resolve = createRequire(import.meta.url).resolve;
  for (const [name, language] of missing) {
    const grammar = await Grammar.load(resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`));
    loaded.set(name, { grammar, queries: new Map(), common: { sources: COMMON_QUERIES[language] } });
  }
}

/**
 * Work in which few files are parsed: the parser's WebAssembly stays meanwhile as the quick compiler made it, since
 * compiling it well takes longer than it saves, and common queries are compiled together. Errors: those of the work.
 */
export async function compiledQuickly<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const flag of QUICK) setFlagsFromString(flag);
  quick += 1;
  try {
    return await work();
  } finally {
    quick -= 1;
    if (quick === 0) for (const flag of USUAL) setFlagsFromString(flag);
  }
}

/** Pieces of work under way in which few files are parsed. */
let quick = 0;
/** Matching queries that nobody asks for costs more than compiling: of larger files only what is asked for is matched. */
const MAX_TOGETHER = 32 * 1024;

/** To V8, no second compiler means that there is no quick one, unless that is asked for afterwards. */
const QUICK = ["--no-wasm-dynamic-tiering", "--no-wasm-tier-up", "--liftoff"];
const USUAL = ["--wasm-dynamic-tiering", "--wasm-tier-up"];

/** Parse a file whose grammar is loaded; null when it is too large, nested too deeply, or takes too long. */
export function parseSource(path: string, language: Language, text: string): SyntaxTree | null {
  const grammar = loaded.get(grammarOf(path, language));
  if (!grammar || !library) throw new GrammarMissing(`The grammar for ${language} is not loaded.`);
  const { parser, Query } = library;
  if (text.length > MAX_CHARACTERS || nestsTooDeeply(text)) return null;
  parser.setLanguage(grammar.grammar);
  const parsing = stopwatch();
  const tree = parser.parse(text, null, { progressCallback: () => parsing.isOver(MAX_PARSE_MS) });
  if (!tree) {
    parser.reset();
    return null;
  }
  const known = new Map<string, Captures[]>();
  const together = quick > 0 && text.length <= MAX_TOGETHER;
  let spent = 0;
  let exhausted = false;
  const matched = (query: Query): QueryMatch[] => {
    const matching = stopwatch();
    const progressCallback = () => {
      if (matching.isOver(MAX_MATCH_MS - spent)) exhausted = true;
      return exhausted;
    };
    const found = query.matches(tree.rootNode, { progressCallback });
    spent += matching.spent();
    return found;
  };
  return {
    root: tree.rootNode,
    has_error: tree.rootNode.hasError,
    get exhausted() {
      return exhausted;
    },
    matches(source) {
      const before = known.get(source);
      if (before) return before;
      if (exhausted) return [];
      if (together && grammar.common.sources.includes(source) && !grammar.queries.has(source)) {
        for (const [common, matches] of apart(grammar, matched(commonQuery(grammar, Query))))
          known.set(common, matches);
        return known.get(source) ?? [];
      }
      const matches = matched(compiled(grammar, source, Query)).map(capturesOf);
      known.set(source, matches);
      return matches;
    },
    delete: () => tree.delete(),
  };
}

function capturesOf({ captures }: QueryMatch): Captures {
  const named: Record<string, SyntaxNode> = {};
  for (const { name, node } of captures) named[name] ??= node;
  return named;
}

function commonQuery({ grammar, common }: Loaded, Query: Library["Query"]): Query {
  common.together ??= new Query(grammar, common.sources.join("\n"));
  return common.together;
}

/** The matches of all common queries by query. Each is one pattern, so that a pattern's number tells whose it is. */
function apart({ common }: Loaded, matches: readonly QueryMatch[]): Map<string, Captures[]> {
  const lists = common.sources.map((): Captures[] => []);
  for (const match of matches) lists[match.patternIndex]?.push(capturesOf(match));
  return new Map(common.sources.map((source, index) => [source, lists[index] ?? []]));
}

/** Milliseconds of work: those in which a busy machine did something else must not make a file look too hard. */
function stopwatch(): { spent(): number; isOver(limit: number): boolean } {
  const begun = performance.now();
  const before = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - begun, (user + system) / 1000);
  };
  // It is asked often, and the clock is read sooner than the processor time.
  return { spent, isOver: (limit) => performance.now() - begun > limit && spent() > limit };
}

function grammarOf(path: string, language: Language): GrammarName {
  return path.toLowerCase().endsWith(".tsx") ? "tsx" : language;
}

function compiled({ grammar, queries }: Loaded, source: string, Query: Library["Query"]): Query {
  let query = queries.get(source);
  if (!query) {
    query = new Query(grammar, source);
    queries.set(source, query);
  }
  return query;
}

function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 40 || code === 91 || code === 123) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if ((code === 41 || code === 93 || code === 125) && depth > 0) depth -= 1;
  }
  return false;
}
