import { pickMediaType, pickStatus } from "../../lib/media.ts";
import { flatten } from "../../lib/schema-flatten.ts";
import { at, isRecord, text } from "../document.ts";
import { endpointOf, isJson, type Operation } from "../operation.ts";
import type { Problem } from "../violation.ts";
import type { Interaction } from "./document.ts";
import { below } from "./matching.ts";

/** The operation of a contract that a pact's request is for: what is spelled out before what is a parameter. */
export function operationFor({ raw }: Interaction, operations: readonly Operation[]): Operation | undefined {
  const method = text(at(raw, "request", "method"))?.toUpperCase() ?? "";
  const path = text(at(raw, "request", "path"))?.split("?")[0] ?? "";
  const candidates = operations.filter(
    (operation) => operation.method === method && ways(operation).some((way) => meetsTemplate(way, path)),
  );
  const parameters = ({ path: template }: Operation) => template.split("{").length;
  return candidates.sort((a, b) => parameters(a) - parameters(b))[0];
}

/** A contract's path as it is, and below the paths of its servers (OpenAPI 3.1, 4.8.5). */
function ways({ path, document }: Operation): string[] {
  const servers = Array.isArray(document.servers) ? document.servers : [];
  const prefixes = servers.map((server) => /^(?:[a-z]+:\/\/[^/]*)?(\/.*)?$/i.exec(text(at(server, "url")) ?? "")?.[1]);
  return [path, ...prefixes.flatMap((prefix) => (prefix === undefined ? [] : [prefix.replace(/\/$/, "") + path]))];
}

function meetsTemplate(template: string, path: string): boolean {
  const expected = template.split("/");
  const given = path.replace(/\/$/, "").split("/");
  return (
    expected.length === given.length &&
    expected.every((segment, index) => segment === given[index] || (/\{[^{}]+\}/.test(segment) && given[index] !== ""))
  );
}

/**
 * What a pact asks for that the contract does not offer: an operation, a status, a media type, a field, another type.
 * Nothing is sent for it; it is the consumer's.
 */
export function beyondContract(
  interaction: Interaction,
  operation: Operation | undefined,
  provider: string,
): Problem[] {
  const method = text(at(interaction.raw, "request", "method"))?.toUpperCase() ?? "";
  const path = text(at(interaction.raw, "request", "path")) ?? "";
  const problem = (message: string, expected: string, actual: string, clause: string): Problem => {
    return { code: "PACT-006", message: `"${interaction.description}": ${message}`, expected, actual, clause };
  };
  if (operation === undefined)
    return [
      problem(
        `the contract of ${provider} has no ${method} ${path}.`,
        "an operation of the contract",
        `${method} ${path}`,
        "/paths",
      ),
    ];
  const status = at(interaction.raw, "response", "status");
  const documented = operation.responses.map((response) => response.status);
  const found = typeof status === "number" ? pickStatus(documented, status) : documented[0];
  const response = operation.responses.find((one) => one.status === found);
  if (response === undefined)
    return documented.length === 0
      ? []
      : [
          problem(
            `the contract of ${provider} documents no status ${String(status)} for ${endpointOf(operation)}.`,
            `status ${documented.join(", ")}`,
            `status ${String(status)}`,
            `${operation.pointer}/responses`,
          ),
        ];
  const body = bodyOf(interaction.raw);
  if (body === undefined || response.content.size === 0) return [];
  const type = pickMediaType([...response.content.keys()], body.type);
  const clause = `${response.pointer}/content`;
  if (type === undefined)
    return [
      problem(
        `the contract of ${provider} documents no ${body.type} there.`,
        [...response.content.keys()].join(" or "),
        body.type,
        clause,
      ),
    ];
  const wanted = isJson(type) ? notOffered(body.content, response.content.get(type), operation.document, "$", 0) : [];
  return wanted.slice(0, 1).map(({ path: where, expected, actual }) => {
    const more =
      wanted.length > 1
        ? ` (and ${wanted.length - 1} more: ${wanted
            .slice(1, 4)
            .map((one) => one.path)
            .join(", ")})`
        : "";
    return problem(
      `the contract of ${provider} does not offer ${where} as ${actual}${more}.`,
      expected,
      `${where}: ${actual}`,
      clause,
    );
  });
}

/** The body that a pact expects; version 4 wraps it with its content type. */
function bodyOf(raw: Record<string, unknown>): { type: string; content: unknown } | undefined {
  const body = at(raw, "response", "body");
  if (body === undefined || body === null) return undefined;
  if (raw.type !== undefined && isRecord(body) && "content" in body)
    return { type: text(body.contentType) ?? "application/json", content: body.content };
  const headers = at(raw, "response", "headers");
  const [, header] =
    Object.entries(isRecord(headers) ? headers : {}).find(([name]) => /^content-type$/i.test(name)) ?? [];
  return { type: text(Array.isArray(header) ? header[0] : header) ?? "application/json", content: body };
}

interface NotOffered {
  path: string;
  expected: string;
  actual: string;
}

/** Where an example leaves its schema. A part of an object is enough; alternatives and open schemas offer anything. */
function notOffered(value: unknown, given: unknown, root: unknown, path: string, depth: number): NotOffered[] {
  const { schema } = flatten(given, { root, budget: { left: 500 } }, []);
  if (depth > 12 || "oneOf" in schema || "anyOf" in schema || value === null) return [];
  const types = [schema.type ?? (schema.properties === undefined ? [] : "object")].flat();
  const actual = typeNameOf(value);
  if (types.length > 0 && !types.includes(actual) && !(actual === "integer" && types.includes("number")))
    return [{ path, expected: types.join(" or "), actual }];
  if (Array.isArray(value))
    return value.flatMap((item) => notOffered(item, schema.items, root, `${path}[*]`, depth + 1));
  if (!isRecord(value)) return [];
  const properties = isRecord(schema.properties) ? schema.properties : undefined;
  const { additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, inner]) => {
    const place = below(path, name);
    const property = properties?.[name];
    if (property !== undefined) return notOffered(inner, property, root, place, depth + 1);
    if (isRecord(additionalProperties)) return notOffered(inner, additionalProperties, root, place, depth + 1);
    if (properties === undefined || additionalProperties === true || isRecord(schema.patternProperties)) return [];
    return [{ path: place, expected: `one of ${Object.keys(properties).join(", ")}`, actual: typeNameOf(inner) }];
  });
}

function typeNameOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
