import { type Finding, LAYERS, SEVERITIES } from "../../model/finding.ts";
import type { FixReport } from "../../model/fix-report.ts";

/** Places that a finding named for several of them tells. */
const MAX_PLACES = 10;

/**
 * The task of each service that owns a blocking finding: most severe first, then by layer (specification 3.12). Findings
 * of one kind at several places are told once; what earlier attempts made of them is told with them; each has a command
 * that shows it again. `folderOf` gives the folder of a service's code.
 */
export function fixTasks(
  blocking: readonly Finding[],
  known: FixReport["known"],
  folderOf: (service: string) => string,
): Map<string, Finding[]> {
  const tasks = new Map<string, Finding[]>();
  for (const finding of [...blocking].sort(byImportance)) {
    const told = { ...withHistory(finding, known), reproduce: reproduceOf(finding, folderOf) };
    const task = tasks.get(finding.service);
    if (task) task.push(told);
    else tasks.set(finding.service, [told]);
  }
  return new Map([...tasks].map(([service, findings]) => [service, merged(findings)]));
}

/** Most severe first, then earlier layers, then as they came. */
export function byImportance(a: Finding, b: Finding): number {
  const severity = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  return severity || layerIndex(a) - layerIndex(b);
}

function layerIndex({ layer }: Finding): number {
  return layer === undefined ? LAYERS.length : LAYERS.indexOf(layer);
}

const CAME = { new: "The last fix made it.", regressed: "It had been fixed, and the last fix brought it back." };

/** A finding with what earlier attempts made of it. */
export function withHistory(finding: Finding, known: FixReport["known"]): Finding {
  const { outcome, attempts = [] } = known[finding.fingerprint] ?? {};
  const came = outcome === "new" || outcome === "regressed" ? CAME[outcome] : "";
  const before =
    outcome === "remaining" && attempts.length > 0
      ? `It was the task of attempt ${attempts.join(", ")} already and is still there: look for another cause.`
      : "";
  const history = [came, before].filter(Boolean).join(" ");
  return history === "" ? finding : { ...finding, history };
}

/** A shell line that shows the finding again: its own, else a request, else the scan of the service's folder. */
function reproduceOf({ reproduce, where, service }: Finding, folderOf: (service: string) => string): string {
  if (reproduce !== "") return reproduce;
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(where) ?? [];
  if (method && path) return `curl -i -X ${method} "http://127.0.0.1:$PORT${path}"`;
  return `super-orchestrator gate '${folderOf(service).replaceAll("'", "'\\''")}'`;
}

/** The same said of several places is said once, with the places. */
function merged(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const { code, severity, message, fix, history = "", reproduce } = finding;
    const key = JSON.stringify([code, severity, message, fix, history, reproduce]);
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].map((group) => {
    const places = [...new Set(group.map(({ where }) => where))];
    const more = places.length > MAX_PLACES ? ` and ${places.length - MAX_PLACES} more` : "";
    return { ...group[0], where: `${places.slice(0, MAX_PLACES).join(", ")}${more}` };
  });
}
