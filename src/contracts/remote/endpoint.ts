import { z } from "zod";
import { AppError } from "../../lib/errors.ts";
import { type EndpointVerdict, type Exchange, ExchangeFault } from "../../model/contract.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, fitArguments, listOf, remoteFault, toolAmong } from "../../model/remote-answer.ts";
import { isJson, objectAt } from "../document.ts";
import { complete, currentOf, listEntries } from "./entries.ts";
import { templateOf } from "./operations.ts";

const Violation = z.looseObject({
  field: z.string().default(""),
  expected: z.unknown(),
  actual: z.unknown(),
  severity: z.enum(["error", "warning", "info"]).default("error"),
  message: z.string().nullish(),
});
type Violation = z.infer<typeof Violation>;

const Verdict = z.looseObject({
  valid: z.boolean(),
  violations: z.array(z.union([ExchangeFault, Violation])).default([]),
  operation: z.string().nullish(),
  not_checked: z.array(z.string()).nullish(),
});
const Compliance = listOf(z.looseObject({ compliant: z.boolean(), violations: z.array(Violation).default([]) }));

/** `validate_endpoint` of an engine with the specification's arguments, or our own. */
export async function validateAsSpecified(remote: RemoteTools, exchange: Exchange): Promise<EndpointVerdict> {
  const { service_name, method, path, status_code } = exchange;
  const { request_headers, request_body, response_headers, response_body } = exchange;
  // Not the pipeline: over there it has another id, if any.
  const asked = { "service|service_name": service_name, method, path, status_code };
  const offer = { ...asked, request_headers, request_body, response_headers, response_body };
  const { dropped } = await fitArguments(remote, "validate_endpoint", offer);
  const verdict = await askRemote(remote, "validate_endpoint", offer, Verdict);
  return {
    valid: verdict.valid,
    operation: verdict.operation ?? "",
    violations: verdict.violations.map(faultOf),
    not_checked: [...(verdict.not_checked ?? []), ...dropped.map((name) => `${name}: the engine takes none`)],
  };
}

/**
 * The same of a Build 1 engine: it looks for the path exactly as the contract writes it, takes objects as bodies only,
 * and ignores the status. The path is turned into the contract's; other bodies go through `check_compliance`.
 */
export async function validateWithBuild1(remote: RemoteTools, exchange: Exchange): Promise<EndpointVerdict> {
  const { service_name, response_body, status_code } = exchange;
  const method = exchange.method.toUpperCase();
  const [entry] = currentOf((await listEntries(remote, { service_name })).filter(({ type }) => type === "openapi"));
  if (!entry)
    throw new AppError("NOT_FOUND", `${remote.label} has no OpenAPI contract of ${service_name}.`, {
      remedy: "List the contracts to see which services have one.",
    });
  const { id, spec } = await complete(remote, entry);
  const template = templateOf(spec, exchange.path);
  const known =
    template !== undefined && Object.hasOwn(objectAt(objectAt(spec, "paths"), template), method.toLowerCase());
  const operation = known ? `${method} ${template}` : "";
  const not_checked = [
    `status ${status_code}: the engine compares with the first successful answer of the contract`,
    ...(exchange.request_body === undefined ? [] : ["request body: the engine takes none"]),
    ...(exchange.request_headers || exchange.response_headers ? ["headers: the engine takes none"] : []),
    ...(exchange.path.includes("?") ? ["query parameters: the engine takes none"] : []),
  ];
  if (!known) {
    const fault = { field: "path", expected: "an operation of the contract", actual: `${method} ${exchange.path}` };
    return { valid: false, operation, violations: [faultOf({ ...fault, severity: "error" })], not_checked };
  }
  if (response_body === undefined)
    return { valid: true, operation, violations: [], not_checked: [...not_checked, "response body: none was given"] };
  const { valid, violations } = isJson(response_body)
    ? await askRemote(
        remote,
        "validate_endpoint",
        { service_name, method, path: template, response_body, status_code },
        Verdict,
      )
    : await compliance(remote, id, { [operation]: response_body });
  return { valid, operation, violations: violations.map(faultOf), not_checked };
}

async function compliance(remote: RemoteTools, contract_id: string, response_data: Record<string, unknown>) {
  await toolAmong(remote, ["check_compliance"]);
  const results = await askRemote(remote, "check_compliance", { contract_id, response_data }, Compliance);
  if (results.length === 0) throw remoteFault(remote, "check_compliance", "judged nothing");
  return { valid: results.every(({ compliant }) => compliant), violations: results.flatMap((one) => one.violations) };
}

function faultOf(given: Violation | ExchangeFault): ExchangeFault {
  const full = ExchangeFault.safeParse(given);
  if (full.success) return full.data;
  const [expected, actual] = [given.expected, given.actual].map(inWords);
  const missing = given.field === "path" || given.field === "method";
  // Both words are also names of fields; only about an operation the engine speaks of what the contract defines.
  const aboutOperation = missing && /operation|defined (?:in spec|for path)/i.test(expected ?? "");
  return {
    part: aboutOperation ? "operation" : "response",
    location: aboutOperation ? "path" : "body",
    field: aboutOperation ? "" : pointerOf(given.field),
    clause: "",
    message: given.message ?? `${given.field || "the answer"}: expected ${expected}, got ${actual}`,
    expected: expected ?? "",
    actual: actual ?? "",
    severity: given.severity,
  };
}

/** `a.b[0].c`, Build 1's way to name a field, as a JSON pointer. */
function pointerOf(field: string): string {
  if (field === "" || field === "(root)" || field.startsWith("/")) return field === "(root)" ? "" : field;
  return `/${field
    .replace(/\[(\d+)\]/g, ".$1")
    .replace(/^\./, "")
    .split(".")
    .join("/")}`;
}

function inWords(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
