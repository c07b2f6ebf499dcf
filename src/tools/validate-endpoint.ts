import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { EndpointVerdict } from "../model/contract.ts";
import { cycle, engineOf, neededService, serviceFields } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

const headersField = z.union([z.record(z.string(), z.string()), z.string()]).optional();

export const validateEndpoint = defineTool({
  name: "validate_endpoint",
  title: "Check an exchange",
  toolset: "contracts",
  description:
    "Check a request and its response against a service's OpenAPI contract: each fault has place, clause, expected and actual.",
  input: z.object({
    ...serviceFields,
    method: z.string().describe("Method; GET, POST, …"),
    path: z.string().describe("With the query; as requested: /orders/42?expand=items."),
    status_code: z.number().int().min(100).max(599).default(200).describe("Status code; of the response."),
    request_body: z.unknown().optional().describe("JSON value, or text."),
    response_body: z.unknown().optional().describe("JSON value, or text."),
    request_headers: headersField.describe("Object, or lines 'Name: value'."),
    response_headers: headersField.describe("The same."),
    build_cycle_id: cycle,
  }),
  output: EndpointVerdict.extend({ next_step: z.string() }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name", "build_cycle_id"],
  cli: { command: "validate-endpoint", arguments: ["service", "method", "path"] },
  run: async (
    { service, service_name, request_headers, response_headers, request_body, response_body, build_cycle_id, ...rest },
    { ctx },
  ) => {
    const engine = await engineOf(ctx);
    const verdict = await engine.validateEndpoint({
      ...rest,
      service_name: neededService({ service, service_name }),
      ...(build_cycle_id === undefined ? {} : { build_cycle_id }),
      ...(request_body === undefined ? {} : { request_body: bodyIn(request_body) }),
      ...(response_body === undefined ? {} : { response_body: bodyIn(response_body) }),
      ...(request_headers === undefined ? {} : { request_headers: headersIn(request_headers) }),
      ...(response_headers === undefined ? {} : { response_headers: headersIn(response_headers) }),
    });
    return { ...verdict, next_step: nextStep(verdict) };
  },
  text: ({ valid, operation, violations, not_checked, next_step }) =>
    [
      `${valid ? "valid" : "not valid"}: ${operation || "no operation of the contract"}`,
      ...violations.map(
        ({ severity, part, location, message, expected, actual, clause }) =>
          `${severity} ${part} ${location}: ${message}; expected ${expected || "-"}, got ${actual || "-"}${clause && ` (${clause})`}`,
      ),
      ...not_checked.map((one) => `not checked: ${one}`),
      `Next: ${next_step}`,
    ].join("\n"),
  exitCode: ({ valid }) => (valid ? 0 : 1),
});

/** Some callers can only write text: an object or a list in it is meant as one. */
function bodyIn(body: unknown): unknown {
  if (typeof body !== "string" || !/^\s*[{[]/.test(body)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function headersIn(given: Record<string, string> | string): Record<string, string> {
  if (typeof given !== "string") return given;
  const wrong = () =>
    new AppError("INVALID_INPUT", `${given.slice(0, 60)} are no headers.`, {
      remedy: 'Give an object, or lines such as "Content-Type: application/json".',
    });
  if (/^\s*\{/.test(given)) {
    const parsed = z.record(z.string(), z.string()).safeParse(bodyIn(given));
    if (parsed.success) return parsed.data;
    throw wrong();
  }
  const lines = given.split(/\r?\n/).filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(":");
      if (at < 1) throw wrong();
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

function nextStep({ valid, violations, not_checked }: EndpointVerdict): string {
  const [first] = violations.filter(({ severity }) => severity === "error");
  if (first) return `Correct ${first.part === "response" ? "the service" : "the request"}: ${first.message}.`;
  return valid && not_checked.length > 0
    ? "Give what was not checked, to have all of it judged."
    : "Nothing to correct.";
}
