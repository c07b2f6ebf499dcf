import type { Finding } from "../../model/finding.ts";
import { LAYERS, type LayerResult, type QualityGateReport } from "../../model/gate-report.ts";

const LAYER_NAMES = {
  layer1_service: "1 · Services by their own tests",
  layer2_contract: "2 · Contracts against the running system",
  layer3_system: "3 · System scan",
  layer4_adversarial: "4 · Adversarial review (advisory)",
} as const;

/**
 * A gate report as one HTML page that needs nothing else: verdict, what changed since `previous`, layers, what must be
 * fixed by service, and every finding by layer. Everything that came from code or contracts is escaped.
 */
export function gateHtml(report: QualityGateReport, previous?: QualityGateReport): string {
  const title = `Quality gate: ${report.overall_verdict}`;
  const attempt =
    report.fix_attempts > 0 ? `, after ${report.fix_attempts} of ${report.max_fix_attempts} fix passes` : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)} ${badge(report.overall_verdict)}</h1>
<p>${escaped(report.pipeline_id ?? "A folder")}, judged ${escaped(report.generated_at)}${escaped(attempt)}.
<strong>${report.blocking_violations}</strong> of ${report.total_violations} findings block.</p>
${trend(report, previous)}
<h2>Layers</h2>
${table(["Layer", "Verdict", "Checks", "Seconds", "What decided"], layersOf(report).map(layerRow))}
${excluded(report)}
<h2>To be fixed</h2>
${report.blocking.length === 0 ? "<p>Nothing.</p>" : byService(report.blocking)}
<h2>All findings</h2>
${layersOf(report).map(layerFindings).join("\n")}
</body>
</html>
`;
}

function layersOf(report: QualityGateReport): LayerResult[] {
  return LAYERS.flatMap((layer) => report.layers[layer] ?? []);
}

function layerRow({ layer, verdict, passed_checks, total_checks, duration_seconds, reason }: LayerResult): string[] {
  const checks = total_checks === 0 ? "none ran" : `${passed_checks} of ${total_checks}`;
  return [escaped(LAYER_NAMES[layer]), badge(verdict), checks, String(duration_seconds), escaped(reason)];
}

function trend(report: QualityGateReport, previous: QualityGateReport | undefined): string {
  if (previous === undefined) return "";
  const before = new Set(previous.blocking.map(({ fingerprint }) => fingerprint));
  const now = new Set(report.blocking.map(({ fingerprint }) => fingerprint));
  const fixed = previous.blocking.filter(({ fingerprint }) => !now.has(fingerprint));
  const fresh = report.blocking.filter(({ fingerprint }) => !before.has(fingerprint));
  const counts = [
    ["Blocking findings", previous.blocking_violations, report.blocking_violations],
    ["All findings", previous.total_violations, report.total_violations],
  ].map(([name, was, is]) => [String(name), String(was), String(is), change(Number(was), Number(is))]);
  return `<h2>Since attempt ${previous.attempt}</h2>
${table(["", "Then", "Now", "Change"], counts)}
<p>${fixed.length} fixed, ${report.blocking.length - fresh.length} still there, ${fresh.length} new.</p>
${fixed.length === 0 ? "" : details(`Fixed (${fixed.length})`, findingTable(fixed))}
${fresh.length === 0 ? "" : details(`New (${fresh.length})`, findingTable(fresh))}`;
}

function change(was: number, is: number): string {
  return is === was ? "=" : is < was ? `▼ ${was - is}` : `▲ ${is - was}`;
}

function excluded({ excluded_services: names }: QualityGateReport): string {
  return names.length === 0 ? "" : `<p>Left out of layers 2 to 4: ${escaped(names.join(", "))}.</p>`;
}

function byService(findings: Finding[]): string {
  const services = [...new Set(findings.map(({ service }) => service))].sort();
  return services
    .map((service) => {
      const own = findings.filter((finding) => finding.service === service);
      return `<h3>${escaped(service || "No single service")} (${own.length})</h3>\n${findingTable(own)}`;
    })
    .join("\n");
}

function findingTable(findings: Finding[]): string {
  return table(
    ["Severity", "Code", "Where", "What is wrong", "What to do"],
    findings.map(({ severity, code, where, message, fix, reproduce }) => [
      badge(severity),
      escaped(code),
      `<code>${escaped(where)}</code>`,
      escaped(message),
      `${escaped(fix)}${reproduce ? `<pre>${escaped(reproduce)}</pre>` : ""}`,
    ]),
  );
}

function layerFindings({ layer, violations, contract_violations }: LayerResult): string {
  const rows = [
    ...contract_violations.map((one) => [
      badge(one.severity),
      escaped(one.code),
      escaped(one.service),
      `<code>${escaped(one.endpoint || one.file_path)}</code>`,
      escaped(one.message),
    ]),
    ...violations.map((one) => [
      badge(one.severity),
      escaped(one.code),
      escaped(one.service),
      `<code>${escaped(one.line > 0 ? `${one.file_path}:${one.line}` : one.file_path)}</code>`,
      escaped(one.message),
    ]),
  ];
  if (rows.length === 0) return "";
  return details(
    `${LAYER_NAMES[layer]} (${rows.length})`,
    table(["Severity", "Code", "Service", "Where", "What is wrong"], rows),
  );
}

function details(summary: string, content: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n${content}\n</details>`;
}

/** Cells are HTML already. */
function table(head: string[], rows: string[][]): string {
  const line = (cells: string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${line(head, "th")}</thead><tbody>\n${rows.map((row) => line(row, "td")).join("\n")}\n</tbody></table>`;
}

function badge(word: string): string {
  return `<span class="badge ${escaped(word)}">${escaped(word)}</span>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
pre { white-space: pre-wrap; margin: .3rem 0 0; font-size: .85em; }
summary { cursor: pointer; font-weight: 600; margin: .5rem 0; }
.badge { display: inline-block; padding: 0 .5em; border-radius: .8em; font-size: .85em; background: #8883; }
.badge.passed { background: #2a74; } .badge.failed, .badge.critical, .badge.high, .badge.error { background: #c334; }
.badge.partial, .badge.skipped, .badge.warning { background: #c904; }
`;
