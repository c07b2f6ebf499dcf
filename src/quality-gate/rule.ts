import type { Contract } from "../model/contract.ts";
import type { ScanCategory, Severity } from "../model/finding.ts";
import type { ServiceMap } from "../model/service-map.ts";
import { placeOf } from "../source/ast.ts";
import type { FileKind, Language } from "../source/languages.ts";
import type { FileInfo, SourceFile } from "../source/source-file.ts";
import type { Captures, SyntaxTree } from "../source/syntax.ts";

/** What a detector found. Without a message the rule's title stands. */
export interface Hit {
  /** From 1; 0 when it concerns the file or service as a whole. */
  line: number;
  column?: number;
  message?: string;
  fix?: string;
  /** Replaces the line's text in the fingerprint, e.g. where that text holds a secret. */
  key?: string;
  /** The service it concerns, where that is not the file's owner; ignored when there is no service of that name. */
  service?: string;
}

/** A finding about the project: it names its own file and owner. */
export interface ProjectHit extends Hit {
  file: string;
  service: string;
}

/** The scanned folder as project rules see it. */
export interface Project {
  services: readonly { name: string; directory: string }[];
  files: readonly FileInfo[];
  contracts: readonly Contract[];
  service_map: ServiceMap | null;
}

/** Reads one file at a time. `keywords`: at least one of them, in any case, is in every file with a finding. */
export interface FileDetector {
  scope: "file";
  keywords: readonly string[];
  /** Found in the text of every file with a finding: spares parsing where keywords are common words. */
  requires?: RegExp;
  find(file: SourceFile): Iterable<Hit>;
}

/** What a project rule took from one file. */
export interface Gathered<Fact> {
  file: FileInfo;
  fact: Fact;
}

/**
 * Gathers from each file what it needs, then judges the whole. What `collect` gives (undefined: nothing) is kept and
 * reused as long as the file does not change: plain data, Maps and Sets, no functions, no syntax nodes.
 */
export interface ProjectDetector {
  scope: "project";
  collect(file: SourceFile): unknown;
  conclude(project: Project, facts: readonly Gathered<unknown>[]): Iterable<ProjectHit>;
}

/** The scanned folder without its list of files: what rules that judge one service know of the rest. */
export type System = Omit<Project, "files">;

/** What a service's judgement takes from elsewhere: facts of all files that one of the rule's `shared` tests accepts. */
export type Elsewhere = (name: string) => readonly Gathered<unknown>[];

/**
 * As a project detector, but each service is judged by itself: while nothing of it, and nothing it asked for elsewhere,
 * has changed, its last judgement stands.
 */
export interface ServiceDetector {
  scope: "service";
  collect(file: SourceFile): unknown;
  /** Files of any service whose facts may be asked for, by name; a test may look at the service that is judged. */
  shared: Readonly<Record<string, (file: FileInfo, service: string) => boolean>>;
  conclude(
    service: string,
    facts: readonly Gathered<unknown>[],
    elsewhere: Elsewhere,
    system: System,
  ): Iterable<ProjectHit>;
}

/** A small project that shows a rule: documentation and test at once. */
export type Example =
  | { file: string; code: string }
  | { files: Record<string, string>; contracts?: Contract[]; service_map?: ServiceMap };

export interface Rule {
  code: string;
  title: string;
  severity: Severity;
  category: ScanCategory;
  /** What can happen when it is left as it is. */
  why: string;
  /** What to do, as one sentence. */
  fix: string;
  languages: readonly Language[];
  files: readonly FileKind[];
  /** Whether test code is looked at too. */
  tests: boolean;
  detect: FileDetector | ProjectDetector | ServiceDetector;
  bad: readonly Example[];
  good: readonly Example[];
}

type Given = Omit<Rule, "languages" | "files" | "tests"> & {
  languages?: readonly Language[];
  files?: readonly FileKind[];
  tests?: boolean;
};

/** A rule of the scanner (specification 6.4, 6.5). With `languages` it reads code, with `files` other kinds of files. */
export function defineRule(rule: Given): Rule {
  return { ...rule, languages: rule.languages ?? [], files: rule.files ?? [], tests: rule.tests ?? false };
}

/** Whether a rule wants to see a file. */
export function appliesTo(rule: Rule, file: FileInfo): boolean {
  if (file.is_test && !rule.tests) return false;
  return file.language !== null && rule.languages.includes(file.language) ? true : rule.files.includes(file.kind);
}

/** A window around a keyword is matched, never more: a line of megabytes costs nothing. */
const WINDOW_BEFORE = 200;
const WINDOW_AFTER = 600;

/**
 * A regular expression on single lines, tried only around its keywords (lower case). It must have the flag `g` and stay
 * linear on a window of 800 characters. `where` decides on each match; a string it gives is the message.
 */
export function linePattern(options: {
  keywords: readonly string[];
  pattern: RegExp;
  message?: string;
  where?: (match: RegExpExecArray, file: SourceFile, offset: number) => boolean | string;
  /** Replaces the matched line in the fingerprint. */
  key?: (match: RegExpExecArray) => string;
}): FileDetector {
  return {
    scope: "file",
    keywords: options.keywords,
    *find(file) {
      const { lower } = file;
      // Lower-casing a few letters (İ) changes the length; then offsets would not fit.
      const text = lower.length === file.text.length ? file.text : lower;
      const seen = new Set<number>();
      // Windows overlap by what may stand before a keyword and no more: the work stays linear in the text.
      for (const keyword of options.keywords)
        for (
          let at = lower.indexOf(keyword), end = 0;
          at !== -1;
          at = lower.indexOf(keyword, Math.max(at + 1, end - WINDOW_BEFORE))
        ) {
          const begin = Math.max(lower.lastIndexOf("\n", at) + 1, at - WINDOW_BEFORE);
          const lineEnd = lower.indexOf("\n", at);
          end = Math.min(lineEnd === -1 ? lower.length : lineEnd, at + WINDOW_AFTER);
          for (const match of text.slice(begin, end).matchAll(options.pattern)) {
            const offset = begin + match.index;
            if (seen.has(offset)) continue;
            seen.add(offset);
            const verdict = options.where?.(match, file, offset) ?? true;
            if (verdict === false) continue;
            const message = typeof verdict === "string" ? verdict : options.message;
            const key = options.key?.(match);
            yield { ...file.position(offset), ...(message && { message }), ...(key !== undefined && { key }) };
          }
        }
    },
  };
}

/** A tree-sitter query and what to think of each match. */
export interface Pattern {
  query: string;
  /** Whether a match is a finding; a string is its message. */
  where?: (captures: Captures, file: SourceFile) => boolean | string;
}

/** Queries by language; the node captured as `@hit` is the place of the finding. */
export function astPattern(options: {
  keywords: readonly string[];
  requires?: RegExp;
  message?: string;
  patterns: Partial<Record<Language, readonly Pattern[]>>;
}): FileDetector {
  const find = function* (tree: SyntaxTree, file: SourceFile) {
    for (const { query, where } of (file.language && options.patterns[file.language]) ?? [])
      for (const captures of tree.matches(query)) {
        const verdict = where?.(captures, file) ?? true;
        if (verdict === false || !captures.hit) continue;
        const message = typeof verdict === "string" ? verdict : options.message;
        yield { ...placeOf(captures.hit), ...(message && { message }) };
      }
  };
  return perTree(options.keywords, find, options.requires);
}

/** A function over the syntax tree of one file. */
export function perTree(
  keywords: readonly string[],
  find: (tree: SyntaxTree, file: SourceFile) => Iterable<Hit>,
  requires?: RegExp,
): FileDetector {
  return {
    scope: "file",
    keywords,
    ...(requires && { requires }),
    *find(file) {
      const tree = file.tree();
      if (tree) yield* find(tree, file);
    },
  };
}

/** A function over the text of one file. */
export function perFile(keywords: readonly string[], find: (file: SourceFile) => Iterable<Hit>): FileDetector {
  return { scope: "file", keywords, find };
}

/** A function over the project, with what `collect` took from each file (undefined: nothing). */
export function perProject<Fact>(options: {
  collect: (file: SourceFile) => Fact | undefined;
  conclude: (project: Project, facts: readonly Gathered<Fact>[]) => Iterable<ProjectHit>;
}): ProjectDetector {
  return {
    scope: "project",
    collect: options.collect,
    conclude: (project, facts) =>
      // The engine hands back what this very rule's `collect` gave.
      options.conclude(
        project,
        (facts as readonly Gathered<Fact>[]).map(({ file, fact }) => ({ file, fact })),
      ),
  };
}

/**
 * A function over one service at a time, with what `collect` took from its files and, on demand, from others. A service's
 * own fact is read when it is asked for, each time anew.
 */
export function perService<Fact>(options: {
  shared?: ServiceDetector["shared"];
  collect: (file: SourceFile) => Fact | undefined;
  conclude: (
    service: string,
    facts: readonly Gathered<Fact>[],
    elsewhere: (name: string) => readonly Gathered<Fact>[],
    system: System,
  ) => Iterable<ProjectHit>;
}): ServiceDetector {
  const { shared = {}, collect } = options;
  return {
    scope: "service",
    shared,
    collect,
    conclude: (service, facts, elsewhere, system) =>
      // The engine hands back what this very rule's `collect` gave.
      options.conclude(
        service,
        facts as readonly Gathered<Fact>[],
        elsewhere as (name: string) => readonly Gathered<Fact>[],
        system,
      ),
  };
}
