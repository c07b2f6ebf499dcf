import { sha256 } from "../../../lib/ids.ts";
import type { FuzzCheckName, FuzzViolation } from "../../../model/fuzz-report.ts";
import { INTEGRATION_CODES, type IntegrationCodeName } from "../../codes.ts";
import { at, isRecord, text } from "../../document.ts";
import { curlOf } from "../report/curl.ts";
import type { FuzzSpec } from "../spec/model.ts";

const CHECKS: Record<string, { code: IntegrationCodeName; check: FuzzCheckName; expected: string }> = {
  not_a_server_error: { code: "STATUS-002", check: "server_error", expected: "an answer below 500" },
  status_code_conformance: { code: "STATUS-003", check: "status_documented", expected: "a documented status" },
  content_type_conformance: { code: "SCHEMA-002", check: "content_type", expected: "a documented media type" },
  response_headers_conformance: { code: "SCHEMA-003", check: "response_headers", expected: "the documented headers" },
  response_schema_conformance: { code: "SCHEMA-001", check: "response_schema", expected: "the documented schema" },
  negative_data_rejection: { code: "STATUS-005", check: "negative_data_rejected", expected: "a refusal (4xx)" },
  missing_required_header: { code: "STATUS-005", check: "negative_data_rejected", expected: "a refusal (4xx)" },
  positive_data_acceptance: { code: "STATUS-004", check: "positive_data_accepted", expected: "success" },
  unsupported_method: { code: "STATUS-006", check: "unsupported_method", expected: "status 405 with an Allow header" },
  allow_header_conformance: { code: "STATUS-006", check: "unsupported_method", expected: "an Allow header" },
  use_after_free: { code: "STATE-002", check: "use_after_delete", expected: "status 404 or 410" },
  ensure_resource_availability: { code: "STATE-003", check: "available_after_creation", expected: "the resource" },
  ignored_auth: { code: "AUTH-001", check: "auth_enforced", expected: "status 401 or 403" },
  object_level_authorization: { code: "AUTH-003", check: "auth_enforced", expected: "status 403 or 404" },
};
const SECRET = new Set(["authorization", "cookie", "x-api-key"]);

/** The failures of Schemathesis' NDJSON events (4.x), one for each operation, check and message. */
export function readEvents(
  lines: string,
  base: string,
  spec: FuzzSpec,
): { violations: FuzzViolation[]; requests: number; counts: Map<string, number>; first_ms: number | null } {
  const found = new Map<string, FuzzViolation>();
  const counts = new Map<string, number>();
  let requests = 0;
  let begin: number | null = null;
  let first: number | null = null;
  for (const line of lines.split("\n")) {
    const stamp = at(parsed(line), "Initialize", "timestamp") ?? at(parsed(line), "LoadingStarted", "timestamp");
    if (begin === null && typeof stamp === "number") begin = stamp;
    const recorder = at(parsed(line), "ScenarioFinished", "recorder");
    const phase = text(at(parsed(line), "ScenarioFinished", "phase"));
    const interactions = at(recorder, "interactions");
    if (!isRecord(recorder) || !isRecord(interactions)) continue;
    for (const [id, interaction] of Object.entries(interactions)) {
      requests += 1;
      const method = text(at(recorder, "cases", id, "value", "method")) ?? "GET";
      const path = text(at(recorder, "cases", id, "value", "path")) ?? "";
      counts.set(`${method} ${path}`, (counts.get(`${method} ${path}`) ?? 0) + 1);
      const checks = at(recorder, "checks", id);
      for (const check of Array.isArray(checks) ? checks : []) {
        if (at(check, "status") !== "failure") continue;
        const made = violationOf(check, { method, path, interaction, base, spec, phase });
        if (made === undefined) continue;
        const known = found.get(made.id);
        if (known) known.count += 1;
        else found.set(made.id, made);
        const seen = at(interaction, "timestamp");
        if (typeof seen === "number" && begin !== null)
          first = Math.min(first ?? Number.POSITIVE_INFINITY, seen - begin);
      }
    }
  }
  return {
    violations: [...found.values()],
    requests,
    counts,
    first_ms: first === null ? null : Math.round(first * 1000),
  };
}

interface Seen {
  method: string;
  path: string;
  interaction: unknown;
  base: string;
  spec: FuzzSpec;
  phase: string | undefined;
}

function violationOf(check: unknown, seen: Seen): FuzzViolation | undefined {
  const known = CHECKS[text(at(check, "name")) ?? ""];
  if (known === undefined) return undefined;
  const { interaction, base } = seen;
  const failure = at(check, "failure_info", "failure");
  const [method = seen.method, path = seen.path] = (text(at(failure, "operation")) ?? "").split(" ").filter(Boolean);
  const message = [text(at(failure, "title")), text(at(failure, "message"))]
    .filter(Boolean)
    .join(": ")
    .replace(/\s*\n\s*/g, "; ");
  const uri = text(at(interaction, "request", "uri")) ?? base;
  const target = uri.startsWith(base) ? uri.slice(base.length) || "/" : uri;
  const headers = flat(at(interaction, "request", "headers"));
  const body = decoded(at(interaction, "request", "body"));
  const sent = text(at(interaction, "request", "method")) ?? method;
  const status = at(interaction, "response", "status_code");
  const answer = decoded(at(interaction, "response", "content")) ?? "";
  const wire = { method: sent, target, headers, body };
  const operation = seen.spec.operations.find(({ operation: one }) => one.method === method && one.path === path);
  return {
    code: known.code,
    severity: INTEGRATION_CODES[known.code].severity,
    check: known.check,
    method,
    path,
    message,
    expected: known.expected,
    actual: typeof status === "number" ? `status ${status}: ${answer.slice(0, 200)}` : "no answer",
    clause: operation?.operation.pointer ?? "",
    curl: curlOf(base, wire, SECRET),
    phase: seen.phase?.includes("stateful")
      ? "stateful"
      : seen.phase?.includes("examples")
        ? "examples"
        : seen.phase?.includes("coverage")
          ? "coverage"
          : "positive",
    id: sha256([known.code, method, path, message.replace(/\d+/g, "#")].join("\0")).slice(0, 12),
    count: 1,
    steps: [
      {
        ...wire,
        headers: withoutSecrets(headers),
        credentials: headers.authorization !== undefined,
        status: typeof status === "number" ? status : null,
        bindings: [],
      },
    ],
    response:
      typeof status === "number"
        ? { status, headers: flat(at(interaction, "response", "headers")), body: answer.slice(0, 2000) }
        : null,
  };
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET.has(name)));
}

function flat(headers: unknown): Record<string, string> {
  if (!isRecord(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(", ")]),
  );
}

function decoded(content: unknown): string | null {
  const given = text(at(content, "$base64"));
  return given === undefined ? (text(content) ?? null) : Buffer.from(given, "base64").toString("utf8");
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
