import type { ServiceHealth } from "../model/health-report.ts";
import { at, isRecord, text } from "./document.ts";
import { createClient, type WireAnswer, type WireFailure } from "./fuzz/http/client.ts";
import { GATEWAY_ERROR_HEADER } from "./gateway.ts";

/** A service and the whole URL of its health endpoint. */
export interface HealthTarget {
  service: string;
  url: string;
}

/** Words by which a service says that it is well, or that it serves though something is wrong. */
const WELL = /^(?:ok|okay|up|pass|passing|healthy|alive|live|ready|running|serving|green|true|good)$/i;
const SO_SO = /^(?:degraded|warn|warning|partial|yellow)$/i;

/**
 * Ask every service for its health, all at once. 2xx is healthy unless the body's status says otherwise (`status` of
 * draft-inadarei-api-health-check, Spring Boot, and common others); redirects are not followed. Never throws for what a
 * service does; throws the signal's reason when aborted.
 */
export async function checkHealth(
  targets: readonly HealthTarget[],
  options: { timeout_ms: number; signal: AbortSignal },
): Promise<ServiceHealth[]> {
  const found = await Promise.all(targets.map((target) => healthOf(target, options)));
  options.signal.throwIfAborted();
  return found;
}

async function healthOf(
  { service, url }: HealthTarget,
  { timeout_ms, signal }: { timeout_ms: number; signal: AbortSignal },
): Promise<ServiceHealth> {
  const { origin, pathname, search } = new URL(url);
  const client = createClient({ base: origin, concurrency: 1, timeout_ms, rate: 0, signal });
  try {
    const begin = performance.now();
    const headers = { accept: "application/health+json, application/json, */*" };
    const outcome = await client.send({ method: "GET", target: pathname + search, headers, body: null });
    const latency_ms = Math.round((performance.now() - begin) * 10) / 10;
    const judged = outcome.kind === "answer" ? judgeAnswer(outcome) : judgeFailure(outcome, url, timeout_ms);
    return { service, url, latency_ms, ...judged };
  } finally {
    client.close();
  }
}

type Judged = Omit<ServiceHealth, "service" | "url" | "latency_ms">;

function judgeFailure({ reason, message }: WireFailure, url: string, timeout_ms: number): Judged {
  const { host } = new URL(url);
  const remedy = {
    refused: `Nothing listens at ${host}: start the service, or give the port it was started with.`,
    timeout: `It did not answer within ${timeout_ms} ms: look at its log for what it waits for, or allow more time.`,
    broken: "Look at the service's log: it closed the connection without an answer.",
    malformed: `What listens at ${host} does not speak HTTP: check the port.`,
    stopped: "Run it again.",
  }[reason];
  return { status: "unreachable", http_status: null, version: "", problem: `${message}.`, remedy };
}

function judgeAnswer({ status, headers, body }: WireAnswer): Judged {
  const document = parsed(body);
  const version = versionOf(document);
  const judged = (state: Judged["status"], problem: string, remedy: string): Judged => ({
    ...{ status: state, http_status: status, version, problem, remedy },
  });
  if (headers[GATEWAY_ERROR_HEADER] !== undefined)
    return judged(
      "unreachable",
      text(at(document, "detail")) ?? `the gateway answered ${status}.`,
      "The gateway answers, the service behind it does not: look at the service's log.",
    );
  const said = text(at(document, "status")) ?? text(at(document, "state")) ?? "";
  const failing = failingChecks(document);
  const words = [said === "" ? "" : `status "${said}"`, failing.length > 0 ? `failing: ${failing.join(", ")}` : ""];
  const what = words.filter((word) => word !== "").join(", ");
  if (status === 404)
    return judged(
      "unhealthy",
      "There is nothing at its health endpoint (404).",
      "Check the path: the service map's health_endpoint has it.",
    );
  if (status < 200 || status > 299)
    return judged(
      "unhealthy",
      `It answered ${status}${what === "" ? "" : ` with ${what}`}.`,
      failing.length > 0 ? `Look at ${failing.join(" and ")} first.` : "Look at the service's log.",
    );
  if (SO_SO.test(said)) return judged("degraded", `It says ${what}.`, "It serves; look at what it names.");
  if (said !== "" && !WELL.test(said))
    return judged(
      "unhealthy",
      `It answered ${status}, but says ${what}.`,
      "Look at what it names; a 503 would tell it.",
    );
  if (failing.length > 0) return judged("degraded", `It says ${what}.`, `Look at ${failing.join(" and ")}.`);
  return judged("healthy", "", "");
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function versionOf(document: unknown): string {
  const said = [["version"], ["releaseId"], ["build", "version"], ["info", "version"], ["app", "version"]]
    .map((keys) => at(document, ...keys))
    .find((value) => typeof value === "string" || typeof value === "number");
  return said === undefined ? "" : String(said).slice(0, 80);
}

/** Names of the checks that a health document says fail, wherever the usual formats have them. */
function failingChecks(document: unknown): string[] {
  const groups = ["checks", "components", "details", "dependencies", "services"].map((key) => at(document, key));
  return groups
    .flatMap((group) => (isRecord(group) ? Object.entries(group) : []))
    .filter(([, check]) => isFailing(Array.isArray(check) ? check[0] : check))
    .map(([name]) => name.slice(0, 80))
    .slice(0, 10);
}

function isFailing(check: unknown): boolean {
  const said = isRecord(check) ? (check.status ?? check.state ?? check.healthy) : check;
  if (typeof said === "boolean") return !said;
  return (
    typeof said === "string" &&
    said !== "" &&
    !WELL.test(said) &&
    /fail|down|unhealthy|error|bad|red|critical/i.test(said)
  );
}
