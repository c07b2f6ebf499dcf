import { compileSchema } from "../../lib/json-schema.ts";
import { pickMediaType, pickStatus } from "../../lib/media.ts";
import { at } from "../document.ts";
import type { DocumentedResponse, Operation } from "../operation.ts";
import { isJson } from "../operation.ts";
import { subjectOf } from "../session/answer.ts";
import { CannotArrange, describeOutcome, type Outcome } from "../session/session.ts";
import type { Problem } from "../violation.ts";

/**
 * What a valid request's outcome does wrong by its contract; empty when nothing. The checks are those of specification
 * 6.3: documented success status, documented media type, response schema, and the state a transition ends in.
 * Throws `CannotArrange` when the contract's own schema is not usable: that is nobody's fault who runs.
 */
export function judge(operation: Operation, outcome: Outcome): Problem[] {
  if (outcome.kind !== "answer") return [noAnswer(operation, outcome)];
  const { status, headers, body } = outcome.answer;
  const response = documentedSuccess(operation, status);
  if (response === undefined) return [wrongStatus(operation, outcome)];
  const type = headers["content-type"] ?? "";
  if (response.content.size === 0 || operation.method === "HEAD" || status === 204 || status === 304)
    return wrongState(operation, outcome.json);
  const media = mediaFor(response, type);
  const clause = `${response.pointer}/content`;
  if (media === undefined)
    return [
      {
        code: "SCHEMA-002",
        message: `The answer's media type is ${type === "" ? "missing" : type}.`,
        expected: [...response.content.keys()].join(" or "),
        actual: type === "" ? "no content-type" : type,
        clause,
      },
    ];
  if (!isJson(type)) return [];
  if (outcome.json === undefined)
    return [
      {
        code: "SCHEMA-002",
        message: "The body says it is JSON and is not.",
        expected: "JSON",
        actual: body.slice(0, 200),
        clause,
      },
    ];
  const schemaClause = `${clause}/${media.type.replaceAll("~", "~0").replaceAll("/", "~1")}/schema`;
  return [...wrongSchema(operation, media.schema, outcome.json, schemaClause), ...wrongState(operation, outcome.json)];
}

function noAnswer(operation: Operation, outcome: Exclude<Outcome, { kind: "answer" }>): Problem {
  const code = outcome.kind === "too_slow" ? "INT-004" : "INT-003";
  const expected = successes(operation);
  return {
    code,
    message: `A valid request got no answer: ${outcome.reason}`,
    expected,
    actual: "no answer",
    clause: operation.pointer,
  };
}

/** The documented response of a success status: exact, by range, or the default when no success is documented. */
function documentedSuccess({ responses }: Operation, status: number): DocumentedResponse | undefined {
  if (status < 200 || status >= 400) return undefined;
  const anySuccess = responses.some((response) => /^[23]/.test(response.status));
  const stated = responses.map((response) => response.status).filter((one) => !anySuccess || one !== "default");
  const found = pickStatus(stated, status);
  if (found === undefined) return undocumented(responses);
  return responses.find((response) => response.status === found);
}

/** A contract that documents no responses at all asks for nothing. */
function undocumented(responses: readonly DocumentedResponse[]): DocumentedResponse | undefined {
  return responses.length === 0 ? { status: "", content: new Map(), pointer: "" } : undefined;
}

function wrongStatus(operation: Operation, outcome: Extract<Outcome, { kind: "answer" }>): Problem {
  const { status } = outcome.answer;
  return {
    code: status >= 500 ? "STATUS-002" : "STATUS-001",
    message: `A valid request was answered with ${status}.`,
    expected: successes(operation),
    actual: describeOutcome(outcome),
    clause: `${operation.pointer}/responses`,
  };
}

function successes({ responses }: Operation): string {
  const documented = responses.map(({ status }) => status).filter((status) => /^[23]/.test(status));
  return documented.length === 0 ? "a success status" : `status ${documented.join(" or ")}`;
}

/** The documented media type that an answer has: exact before ranges. */
function mediaFor({ content }: DocumentedResponse, header: string): { type: string; schema: unknown } | undefined {
  const found = pickMediaType([...content.keys()], header);
  return found === undefined ? undefined : { type: found, schema: content.get(found) };
}

function wrongSchema(operation: Operation, schema: unknown, json: unknown, clause: string): Problem[] {
  if (schema === undefined) return [];
  const found = compileSchema(schema, operation.document)(json);
  const [first] = found;
  if (first === undefined) return [];
  if (first.message.startsWith("The schema cannot be used"))
    throw new CannotArrange(`its response cannot be judged: ${first.message}`);
  const others = found.slice(1, 4).map(({ pointer, message }) => `${pointer} ${message}`);
  const more = found.length > 1 ? ` (and ${found.length - 1} more: ${others.join("; ")})` : "";
  return [
    {
      code: "SCHEMA-001",
      message: `The response does not match its schema: ${first.pointer || "the body"} ${first.message}${more}.`,
      expected: first.expected,
      actual: first.actual,
      clause,
    },
  ];
}

function wrongState({ transition, pointer }: Operation, json: unknown): Problem[] {
  if (transition === null || json === undefined) return [];
  const state = at(subjectOf(json), transition.field);
  if (state === undefined || state === transition.to) return [];
  return [
    {
      code: "STATE-001",
      message: `After the transition ${transition.field} is ${JSON.stringify(state)}.`,
      expected: `${transition.field} ${transition.to}`,
      actual: `${transition.field} ${JSON.stringify(state)}`,
      clause: `${pointer}/x-transition`,
    },
  ];
}
