import { pointerSegment } from "../../document.ts";
import { isJson } from "../../operation.ts";
import { checkOf } from "../../schema-check.ts";
import { bareType } from "../http/bodies.ts";
import type { WireAnswer } from "../http/client.ts";
import type { FuzzOperation, FuzzResponse } from "../spec/model.ts";
import type { Exchange, Found } from "./found.ts";

/** The documented response of a status: exact, by range, or the default. */
export function documentedResponse({ responses }: FuzzOperation, status: number): FuzzResponse | undefined {
  const named = (name: string) => responses.find((response) => response.status === name);
  return named(String(status)) ?? named(`${Math.floor(status / 100)}XX`) ?? named("default");
}

/** What an answer's media type, body and headers do wrong by the response that documents it. */
export function checkResponse(exchange: Exchange, response: FuzzResponse, root: object): Found[] {
  const { outcome } = exchange;
  if (outcome.kind !== "answer") return [];
  return [...checkHeaders(outcome, response, root), ...checkBody(exchange, outcome, response, root)];
}

function checkHeaders(answer: WireAnswer, response: FuzzResponse, root: object): Found[] {
  return response.headers
    .filter(({ name }) => name !== "content-type")
    .flatMap(({ name, required, schema }): Found[] => {
      const value = answer.headers[name];
      const base = {
        code: "SCHEMA-003" as const,
        check: "response_headers" as const,
        clause: `${response.pointer}/headers/${pointerSegment(name)}`,
        cause: `${answer.status} ${name}`,
      };
      if (value === undefined)
        return required
          ? [{ ...base, message: `The header ${name} is missing.`, expected: `header ${name}`, actual: "absent" }]
          : [];
      const fits = checkOf(schema ?? {}, root);
      const numeric = /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? [Number(value)] : [];
      const split = value.split(",").map((item) => item.trim());
      const read = [value, ...numeric, value === "true" || value === "false" ? value === "true" : value, split];
      const faults = read.map((reading) => fits(reading));
      const [first] = faults[numeric.length > 0 ? 1 : 0] ?? [];
      if (first === undefined || faults.some((one) => one.length === 0) || first.expected === "a usable schema")
        return [];
      if (isStructured(first.expected)) return [];
      const message = `The header ${name} does not match its schema: ${first.message}.`;
      return [{ ...base, message, expected: first.expected, actual: value }];
    });
}

/** Lists of numbers and objects in headers have several spellings: not judged. */
function isStructured(expected: string): boolean {
  return expected.includes("object") || expected.includes("array");
}

function checkBody(exchange: Exchange, answer: WireAnswer, response: FuzzResponse, root: object): Found[] {
  const { status, headers, body } = answer;
  const isHead = exchange.wire.method === "HEAD" || status === 204 || status === 304;
  if (response.content.size === 0 || isHead) return [];
  const type = headers["content-type"] ?? "";
  const clause = `${response.pointer}/content`;
  const media = mediaFor(response, type);
  if (media === undefined)
    return [
      {
        code: "SCHEMA-002",
        check: "content_type",
        message: `The answer (${status}) has ${type === "" ? "no media type" : `the media type ${type}`}, which is not documented.`,
        expected: [...response.content.keys()].join(" or "),
        actual: type === "" ? "no content-type" : type,
        clause,
        cause: `${status} ${bareType(type)}`,
      },
    ];
  if (!isJson(type) || answer.cut !== "") return [];
  if (exchange.json === undefined)
    return [
      {
        code: "SCHEMA-002",
        check: "content_type",
        message: `The body of the answer (${status}) says it is JSON and is not.`,
        expected: "JSON",
        actual: body.toString("utf8").slice(0, 200),
        clause,
        cause: `${status} no JSON`,
      },
    ];
  return checkSchema(exchange.json, media.schema, root, `${clause}/${pointerSegment(media.type)}/schema`, status);
}

/** The documented media type an answer has: exact before ranges. */
function mediaFor({ content }: FuzzResponse, header: string): { type: string; schema: unknown } | undefined {
  const type = bareType(header);
  const documented = [...content.keys()];
  const found =
    documented.find((key) => bareType(key) === type) ??
    documented.find((key) => key.endsWith("/*") && type.startsWith(bareType(key).slice(0, -1))) ??
    documented.find((key) => key === "*/*");
  return found === undefined ? undefined : { type: found, schema: content.get(found) };
}

function checkSchema(json: unknown, schema: unknown, root: object, clause: string, status: number): Found[] {
  if (schema === undefined) return [];
  const faults = checkOf(schema, root)(json);
  const [first] = faults;
  if (
    first === undefined ||
    first.message.startsWith("The schema cannot be used") ||
    first.message.startsWith("The value cannot")
  )
    return [];
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const where = first.pointer || "the body";
  return [
    {
      code: "SCHEMA-001",
      check: "response_schema",
      message: `The answer (${status}) does not match its schema: ${where} ${first.message}${others}.`,
      expected: first.expected,
      actual: first.actual,
      clause,
      cause: `${status} ${first.pointer.replace(/\/\d+/g, "/*")} ${first.message}`,
    },
  ];
}
