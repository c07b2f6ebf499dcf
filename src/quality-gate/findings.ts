import { sha256 } from "../lib/ids.ts";
import type { ScanViolation, SuppressedViolation } from "../model/finding.ts";
import type { FileInfo } from "../source/source-file.ts";
import { digestOfKey, type FileHit } from "./examine.ts";
import type { ProjectHit, Rule } from "./rule.ts";
import type { Silencer } from "./suppress.ts";

/** A finding before it is compared with others. */
export interface Found {
  rule: Pick<Rule, "code" | "title" | "severity" | "category" | "fix">;
  hit: FileHit;
  file: string;
  service: string;
}

/** A file rule's finding; `services` are the names a hit may lay it at. */
export function foundInFile(rule: Found["rule"], hit: FileHit, file: FileInfo, services: ReadonlySet<string>): Found {
  const service = hit.service !== undefined && services.has(hit.service) ? hit.service : file.service;
  return { rule, hit, file: file.path, service };
}

export function foundInProject(hit: ProjectHit): Omit<Found, "rule"> {
  const { file, service, ...rest } = hit;
  return { hit: { ...rest, key: digestOfKey(hit.key ?? hit.message ?? "") }, file, service };
}

/** Findings in the order of the code, each once, with its identity; those that a comment silences apart. */
export function toViolations(
  found: readonly Found[],
  silencer: Silencer,
): { violations: ScanViolation[]; suppressed: SuppressedViolation[] } {
  const ordered = [...found].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.hit.line - b.hit.line ||
      (a.hit.column ?? 0) - (b.hit.column ?? 0) ||
      compare(a.rule.code, b.rule.code) ||
      compare(a.hit.message ?? "", b.hit.message ?? ""),
  );
  const violations: ScanViolation[] = [];
  const suppressed: SuppressedViolation[] = [];
  const places = new Set<string>();
  const occurrences = new Map<string, number>();
  for (const { rule, hit, file, service } of ordered) {
    const place = [rule.code, file, service, hit.line, hit.column ?? 0, hit.line === 0 ? hit.key : ""].join("\0");
    if (places.has(place)) continue;
    places.add(place);
    // The same line twice in a file is two findings: count them, as line numbers move.
    const identity = [rule.code, file, hit.key].join("\0");
    const occurrence = occurrences.get(identity) ?? 0;
    occurrences.set(identity, occurrence + 1);
    const violation: ScanViolation = {
      code: rule.code,
      severity: rule.severity,
      category: rule.category,
      service,
      file_path: file,
      line: hit.line,
      column: hit.column ?? 0,
      message: hit.message ?? `${rule.title}.`,
      fix: hit.fix ?? rule.fix,
      fingerprint: sha256(`${identity}\0${occurrence}`).slice(0, 20),
    };
    const comment = silencer.by(file, rule.code, hit.line);
    if (comment) suppressed.push({ ...violation, suppression: { line: comment.line, reason: comment.reason } });
    else violations.push(violation);
  }
  return { violations, suppressed };
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
