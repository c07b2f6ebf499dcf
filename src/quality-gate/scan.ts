import { AppError } from "../lib/errors.ts";
import { folderAt } from "../lib/fs.ts";
import { type ScanViolation, SEVERITIES, type Severity } from "../model/finding.ts";
import type { ScanReport } from "../model/scan-report.ts";
import { isTestPath, kindOf, languageOf } from "../source/languages.ts";
import { discoverServices, ownerOf } from "../source/services.ts";
import type { FileInfo } from "../source/source-file.ts";
import { walk } from "../source/walk.ts";
import { type News, openCache, type ScanCache } from "./cache.ts";
import { changedFiles } from "./changed.ts";
import { concludeAll } from "./conclude.ts";
import { customHits } from "./custom/run.ts";
import { compare, type Found, foundInFile, toViolations } from "./findings.ts";
import { gather, type Wanted } from "./gather.ts";
import { CacheDamaged } from "./known-files.ts";
import type { ScanRequest } from "./port.ts";
import { appliesTo, type Rule } from "./rule.ts";
import { RULES } from "./rules/index.ts";
import { KNOWN_CODES, type Selection, selectRules } from "./select.ts";
import { type Silencer, type Suppression, silencer } from "./suppress.ts";
import { IDLE_SUPPRESSION } from "./suppress-rule.ts";

export { scanText } from "./report/text.ts";

/**
 * Scan a folder with the rules of specification 6.4 and 6.5. Deterministic: the same files give the same report, but
 * for `duration_ms`, whatever is known from earlier scans.
 *
 * Errors: NOT_FOUND when the folder does not exist; INVALID_INPUT when it is a file, `only` names an unknown rule, or
 * `changed_since` no commit; whatever `signal` was aborted with.
 */
export async function scanProject(request: ScanRequest): Promise<ScanReport> {
  const root = folderAt(request.root);
  const cache = openCache(root, request.cache);
  try {
    return await scanFolder(root, request, cache);
  } catch (cause) {
    if (!(cause instanceof CacheDamaged)) throw cause;
    cache.discard();
  } finally {
    cache.close();
  }
  return scanProject({ ...request, cache: null });
}

async function scanFolder(root: string, request: ScanRequest, cache: ScanCache): Promise<ScanReport> {
  const news: News = { files: [], gone: [], conclusions: undefined, basis: undefined };
  try {
    return await scanWith(root, request, cache, news);
  } finally {
    cache.save(news);
  }
}

async function scanWith(root: string, request: ScanRequest, cache: ScanCache, news: News): Promise<ScanReport> {
  const begun = performance.now();
  const { signal } = request;
  const own = await ownRules(request);
  const selection = selectRules(
    request.only,
    own.map(({ code }) => code),
  );
  const ownAsked = own.filter(({ code, category }) => asks(request.only, code, category));
  const changed = request.changed_since === undefined ? null : await changedFiles(root, request.changed_since, signal);
  const list = { patterns: request.ignore ?? [], prefix: request.ignore_prefix ?? "" };
  const { files: walked, skipped, unreadable } = walk(root, request.exclude ?? [], signal, list);
  const paths = walked.map(({ path }) => path);
  const services = request.services.length > 0 ? request.services.map(trimmed) : discoverServices(root, paths);
  const owner = ownerOf(services);
  const files = paths.map((path): FileInfo => {
    const language = languageOf(path);
    const kind = language === null ? kindOf(path) : "code";
    return { path, service: owner(path), kind, language, is_test: isTestPath(path) };
  });
  const names = new Set(services.map(({ name }) => name));
  const asked = servicesAsked(request.only_services ?? [], names);
  const isJudged = (file: string) => changed === null || changed.has(file);
  const isRead = readBy(selection.run);
  const codesOf = codesFor(request.examine_all ? RULES : selection.run, isJudged);
  const wanted: Wanted[] = [];
  for (const [at, { stamp }] of walked.entries()) {
    const info = files[at];
    if (info && isRead(info)) wanted.push({ info, at, stamp, codes: codesOf(info.path) });
  }
  if (wanted.length < files.length) skipped["no rule reads it"] = files.length - wanted.length;
  const {
    notes,
    facts: factsOf,
    changes,
    isComplete,
  } = await gather(root, wanted, {
    known: cache.known,
    news,
    complete: wanted.length === files.length || selection.run.length === RULES.length,
    signal,
    onProgress: (path, done, total) => request.onProgress?.(path, done, total),
  });
  request.onProgress?.("done", wanted.length, wanted.length);

  const running = new Map(selection.run.map((rule) => [rule.code, rule]));
  const found: Found[] = [];
  const suppressions = new Map<string, Suppression[]>();
  const unparsed = new Set<string>(unreadable);
  let scanned = 0;
  for (const [index, note] of notes.entries()) {
    const skip = note === null ? null : "unread" in note ? note.unread : note.skip;
    if (skip === null) scanned += 1;
    else skipped[skip] = (skipped[skip] ?? 0) + 1;
    const info = wanted[index]?.info;
    if (skip === "unreadable" && info) unparsed.add(info.path);
    if (note === null || "unread" in note || !info) continue;
    // A file too large for most rules still tells of the tokens in it.
    for (const { code, hit } of note.hits) {
      const rule = running.get(code);
      if (rule) found.push(foundInFile(rule, hit, info, names));
    }
    if (note.suppressions.length > 0) suppressions.set(info.path, note.suppressions);
    if (note.blind.some((code) => running.has(code))) unparsed.add(info.path);
  }
  const project = { services, files, contracts: request.contracts, service_map: request.service_map };
  found.push(...concludeAll(selection.run, project, { factsOf, changes, isComplete }, cache, news));
  for (const { info, rule, hit } of customHits(root, files, ownAsked)) found.push(foundInFile(rule, hit, info, names));
  const ran = {
    ...selection,
    run: [...selection.run, ...ownAsked],
    rules: [...selection.rules, ...ownAsked],
  };

  const judged = judge(found, suppressions, ran, owner, unparsed);
  const isAsked = ({ file_path, service }: ScanViolation) => isJudged(file_path) && asked(service);
  const current = judged.violations.filter(isAsked);
  const baseline = new Set(request.baseline);
  const violations = current.filter(({ fingerprint }) => !baseline.has(fingerprint));
  const known_findings = current.filter(({ fingerprint }) => baseline.has(fingerprint));
  const suppressed_findings = judged.suppressed.filter(isAsked);
  return {
    root,
    services: [...names],
    files_scanned: scanned,
    files_skipped: Object.fromEntries(Object.entries(skipped).sort(([a], [b]) => compare(a, b))),
    rules_run: [...ran.rules.map(({ code }) => code), ...(selection.idle ? [IDLE_SUPPRESSION.code] : [])],
    violations,
    counts: countBySeverity(violations),
    suppressed: suppressed_findings.length,
    suppressed_findings,
    known_findings,
    baseline_gone: changed === null && !request.only_services?.length ? gone(baseline, known_findings, selection) : 0,
    changed_files: changed === null ? null : wanted.filter(({ info }) => changed.has(info.path)).length,
    unparsed: [...unparsed].sort(),
    duration_ms: Math.round(performance.now() - begun),
  };
}

/** Errors: those of a rule file. */
async function ownRules({ rule_files = [] }: ScanRequest): Promise<Rule[]> {
  const rules: Rule[] = [];
  for (const path of rule_files) {
    const { loadCustomRules } = await import("./custom/load.ts");
    rules.push(...(await loadCustomRules(path, [...KNOWN_CODES, ...rules.map(({ code }) => code)])));
  }
  return rules;
}

function asks(only: readonly string[], code: string, category: string): boolean {
  return only.length === 0 || only.includes(code) || only.includes(category);
}

/** Whether a rule reads a file, which only its kind decides. */
function readBy(rules: readonly Rule[]): (file: FileInfo) => boolean {
  const known = new Map<string, boolean>();
  return (file) => {
    const kind = `${file.kind} ${file.language} ${file.is_test}`;
    let read = known.get(kind);
    if (read === undefined) {
      read = rules.some((rule) => appliesTo(rule, file));
      known.set(kind, read);
    }
    return read;
  };
}

/** The rules that must have seen a file: where it is not judged, only those that need the whole project. */
function codesFor(rules: readonly Rule[], isJudged: (path: string) => boolean): (path: string) => readonly string[] {
  const all = rules.map(({ code }) => code);
  const shared = rules.flatMap(({ code, detect }) => (detect.scope !== "file" ? [code] : []));
  return (path) => (isJudged(path) ? all : shared);
}

/** Findings apart from those that comments silence, with the comments that silence nothing where they are asked for. */
function judge(
  found: readonly Found[],
  suppressions: ReadonlyMap<string, readonly Suppression[]>,
  { run, rules, idle }: Selection,
  owner: (path: string) => string,
  unparsed: ReadonlySet<string>,
) {
  const comments = silencer(suppressions);
  const all = toViolations(found, comments);
  const reported = new Set(rules.map(({ code }) => code));
  const asked = <One extends { code: string }>(list: readonly One[]) => list.filter(({ code }) => reported.has(code));
  const rest = idle
    ? toViolations(idleSuppressions(comments, run, owner, unparsed), comments)
    : { violations: [], suppressed: [] };
  return {
    violations: merged(asked(all.violations), rest.violations),
    suppressed: merged(asked(all.suppressed), rest.suppressed),
  };
}

/** Where rules could not see everything, they may have missed what a comment silences. */
function idleSuppressions(
  comments: Silencer,
  run: readonly Rule[],
  owner: (path: string) => string,
  unparsed: ReadonlySet<string>,
): Found[] {
  const ran = new Set(run.map(({ code }) => code));
  return comments
    .idle((code) => ran.has(code), [...KNOWN_CODES, ...ran])
    .filter(({ file }) => !unparsed.has(file))
    .map(({ file, line, column, code, message }) => ({
      rule: IDLE_SUPPRESSION,
      hit: { line, column, message, key: code },
      file,
      service: owner(file),
    }));
}

/** Two lists in the order of the code as one. */
function merged<One extends { file_path: string; line: number; column: number }>(a: One[], b: One[]): One[] {
  if (b.length === 0) return a;
  return [...a, ...b].sort(
    (one, other) => compare(one.file_path, other.file_path) || one.line - other.line || one.column - other.column,
  );
}

function countBySeverity(violations: readonly ScanViolation[]): Record<Severity, number> {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { severity } of violations) counts[severity] += 1;
  return counts;
}

/** Entries that were not found any more; unknown unless every rule ran. */
function gone(baseline: ReadonlySet<string>, known: readonly ScanViolation[], { rules }: Selection): number {
  return rules.length < RULES.length ? 0 : baseline.size - known.length;
}

/** Errors: INVALID_INPUT when there is no service of that name. */
function servicesAsked(only: readonly string[], names: ReadonlySet<string>): (service: string) => boolean {
  const unknown = only.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new AppError("INVALID_INPUT", `There is no service ${unknown} in this folder.`, {
      remedy: `Services: ${[...names].slice(0, 20).join(", ")}.`,
    });
  return (service) => only.length === 0 || only.includes(service);
}

function trimmed<Folder extends { directory: string }>(folder: Folder): Folder {
  return { ...folder, directory: folder.directory.replace(/^(\.\/)+|^\.$|\/+$/g, "") };
}
