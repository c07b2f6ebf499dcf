import { AppError } from "../lib/errors.ts";
import { sha256 } from "../lib/ids.ts";
import type { Finding } from "../model/finding.ts";
import { LAYERS, type QualityGateReport } from "../model/gate-report.ts";
import { firstOf } from "./short.ts";

/** Every finding of a gate in one shape: what blocks first, then the others in the order of the layers. */
export function findingsOf(report: QualityGateReport): Finding[] {
  const seen = new Set(report.blocking.map(({ fingerprint }) => fingerprint));
  const others = LAYERS.flatMap((name) => report.layers[name] ?? []).flatMap((layer) => [
    ...layer.violations.map((found) => ({
      code: found.code,
      severity: found.severity,
      service: found.service,
      where: found.line > 0 ? `${found.file_path}:${found.line}` : found.file_path,
      message: found.message,
      fix: found.fix,
      reproduce: "",
      fingerprint: found.fingerprint,
    })),
    ...layer.contract_violations.map((found) => ({
      code: found.code,
      severity: found.severity,
      service: found.service,
      where: found.endpoint,
      message: found.message,
      fix: found.expected ? `Expected ${found.expected}, got ${found.actual}.` : "",
      reproduce: found.reproduce,
      fingerprint: [found.code, found.service, found.endpoint, found.clause, found.message].join("|"),
    })),
  ]);
  return [...report.blocking, ...others.filter(({ fingerprint }) => !seen.has(fingerprint))];
}

/**
 * One page of findings. The cursor names the last finding shown by its fingerprint and place, so that findings which
 * were fixed meanwhile move nothing: after a fix, the page goes on where it stopped. Errors: INVALID_INPUT for a cursor
 * that no answer gave.
 */
export function pageOf<One extends { fingerprint: string }>(
  findings: readonly One[],
  limit: number | undefined,
  cursor: string | undefined,
): { page: One[]; next_cursor: string | null } {
  let begin = 0;
  if (cursor !== undefined) {
    const [, index, last] = /^(\d{1,9})\.(\w{1,64})$/.exec(cursor) ?? [];
    if (index === undefined || last === undefined)
      throw new AppError("INVALID_INPUT", `${cursor} is not a cursor.`, {
        remedy: "Pass the next_cursor of the answer before, or leave it out for the first page.",
      });
    const at = findings.findIndex(({ fingerprint }) => markOf(fingerprint) === last);
    begin = at === -1 ? Math.min(Number(index), findings.length) : at + 1;
  }
  const page = firstOf(findings.slice(begin), limit);
  const end = begin + page.length;
  const last = page.at(-1);
  return { page, next_cursor: last && end < findings.length ? `${end}.${markOf(last.fingerprint)}` : null };
}

function markOf(fingerprint: string): string {
  return sha256(fingerprint).slice(0, 12);
}
