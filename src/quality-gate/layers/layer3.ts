import { relative, sep } from "node:path";
import { AppError } from "../../lib/errors.ts";
import { atLeast } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import type { GateRequest, ScanRequest } from "../port.ts";
import { scanProject } from "../scan.ts";
import { IDLE_SUPPRESSION } from "../suppress-rule.ts";
import { type Judgement, judged, skipped } from "./layer.ts";

/** Layer 3, system level (specification 6.4): the configured scanners over all source code. */
export async function judgeSystem(request: GateRequest, excluded: readonly string[]): Promise<Judgement> {
  const { layer3_scanners, blocking_severity } = request.settings;
  if (layer3_scanners.length === 0) return skipped("No scanner is configured in layer3_scanners.");
  const report = await scanProject(scanRequest(request, [...layer3_scanners, "suppression"], excluded));
  const blocking = report.violations.filter(({ severity }) => atLeast(severity, blocking_severity));
  const outcome = scanOutcome(report);
  if (outcome.empty) return skipped(outcome.empty);
  const warnings = report.violations.length - blocking.length;
  const reason =
    blocking.length > 0
      ? `${blocking.length} findings at or above ${blocking_severity}, ${warnings} below.`
      : `${report.files_scanned} files, no finding at or above ${blocking_severity}, ${warnings} below.`;
  const verdict = blocking.length > 0 ? "failed" : "passed";
  return judged(verdict, reason + outcome.note, outcome.counts, { violations: report.violations });
}

/** What both scanning layers ask: the services that are left, or their discovery in a plain folder. */
export function scanRequest(request: GateRequest, only: readonly string[], excluded: readonly string[]): ScanRequest {
  const { project_root, contracts, service_map, signal, onProgress, layers, settings } = request;
  const { ignore_prefix, only_services, baseline, changed_since, rule_files, cache } = request;
  const services = request.services.map(({ name, directory }) => ({ name, directory: below(project_root, directory) }));
  // A folder given as one service of the same extent says nothing of what is in it.
  const whole = services.length === 1 && services[0]?.directory === "" && request.services[0]?.result === null;
  return {
    root: project_root,
    services: whole ? [] : services.filter(({ name }) => !excluded.includes(name)),
    exclude: services.flatMap(({ name, directory }) => (excluded.includes(name) ? [directory] : [])),
    contracts: contracts.filter(({ service_name }) => !excluded.includes(service_name)),
    service_map,
    only: [...only],
    // Layers 3 and 4 look at the same files: reading them once does for both.
    examine_all: layers.includes("layer3_system") && layers.includes("layer4_adversarial") && settings.layer4_enabled,
    signal,
    ...(settings.ignore && { ignore: settings.ignore }),
    ...(ignore_prefix !== undefined && { ignore_prefix }),
    ...(only_services && { only_services }),
    ...(baseline && { baseline }),
    ...(changed_since !== undefined && { changed_since }),
    ...(rule_files && { rule_files }),
    ...(cache !== undefined && { cache }),
    ...(onProgress && { onProgress }),
  };
}

/** Counts by rule: a rule passes when it finds nothing. */
export function scanOutcome(report: ScanReport): {
  counts: { total: number; passed: number };
  note: string;
  empty: string;
} {
  // A comment without effect is worth a word; it is no check of the code.
  const rules = report.rules_run.filter((code) => code !== IDLE_SUPPRESSION.code);
  const hit = new Set(report.violations.map(({ code }) => code).filter((code) => rules.includes(code)));
  const notes = [
    report.unparsed.length > 0 ? ` ${report.unparsed.length} files could not be fully read.` : "",
    report.suppressed > 0 ? ` ${report.suppressed} findings are silenced by comments.` : "",
    report.known_findings.length > 0 ? ` ${report.known_findings.length} findings are known to the baseline.` : "",
    report.changed_files !== null ? ` Only the ${report.changed_files} changed files were judged.` : "",
  ];
  return {
    counts: { total: rules.length, passed: rules.length - hit.size },
    note: notes.join(""),
    empty:
      report.changed_files === 0
        ? "No file changed, so none was judged."
        : report.files_scanned === 0 && report.violations.length === 0
          ? "There is no file to scan."
          : "",
  };
}

function below(root: string, directory: string): string {
  const path = relative(root, directory).split(sep).join("/");
  if (path.startsWith(".."))
    throw new AppError("INVALID_INPUT", `The service folder ${directory} lies outside ${root}.`, {
      remedy: "Give a project root that contains every service.",
    });
  return path;
}
