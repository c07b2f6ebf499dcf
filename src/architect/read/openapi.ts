import { parse } from "yaml";
import type { Shape } from "../outline.ts";
import { draft, type EndpointDraft, type Place } from "./endpoint-draft.ts";
import { normalPath } from "./paths.ts";
import type { CodeBlock } from "./tree.ts";

/** Longest OpenAPI text that is parsed, in characters: YAML parsing is slow. */
const MAX_LENGTH = 200_000;
const MAX_DEPTH = 8;

/** The operations of an OpenAPI document in a code block; [] for other code. Broken YAML is no error here. */
export function openapiEndpoints(block: CodeBlock, place: Place): EndpointDraft[] {
  if (!/^\s*["']?openapi["']?\s*:/m.test(block.value) || block.value.length > MAX_LENGTH) return [];
  const root = parsed(block.value);
  const paths = member(root, "paths");
  const owner = place.document.names.resolve(text(member(member(root, "info"), "title"))) ?? place.owner;
  return Object.entries(object(paths)).flatMap(([path, item]) =>
    Object.entries(object(item))
      .filter(([method]) => /^(?:get|post|put|patch|delete|head|options)$/.test(method))
      .map(([method, operation]) => {
        const line = block.line + Math.max(0, block.value.slice(0, block.value.indexOf(path)).split("\n").length - 1);
        const made = draft(
          { method: method.toUpperCase(), path: normalPath(path), query: [] },
          owner,
          place.section,
          line,
        );
        fillIn(made, operation, root);
        return made;
      }),
  );
}

function parsed(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 20, logLevel: "silent" });
  } catch {
    return null;
  }
}

function fillIn(made: EndpointDraft, operation: unknown, root: unknown): void {
  const { endpoint } = made;
  endpoint.summary = text(member(operation, "summary"));
  const security = member(operation, "security");
  if (Array.isArray(security)) endpoint.auth = security.length > 0;
  const parameters = member(operation, "parameters");
  for (const parameter of Array.isArray(parameters) ? parameters : [])
    if (member(parameter, "in") === "query")
      endpoint.query.push({
        name: text(member(parameter, "name")),
        optional: member(parameter, "required") !== true,
        shape: shapeOf(member(parameter, "schema"), root, 0),
        note: "",
      });
  const body = bodySchema(member(operation, "requestBody"));
  if (body !== undefined) endpoint.request = shapeOf(body, root, 0);
  for (const [status, response] of Object.entries(object(member(operation, "responses")))) {
    if (!/^[1-5]\d\d$/.test(status)) continue;
    const schema = bodySchema(response);
    endpoint.responses.push({
      status: Number(status),
      shape: schema === undefined ? null : shapeOf(schema, root, 0),
      description: text(member(response, "description")),
    });
  }
}

function bodySchema(holder: unknown): unknown {
  const [media] = Object.values(object(member(holder, "content")));
  return member(media, "schema");
}

/** A schema as a shape; a reference to a named schema is written out, because nobody else knows the name. */
function shapeOf(schema: unknown, root: unknown, depth: number): Shape {
  const reference = /^#\/components\/schemas\/(\w+)$/.exec(text(member(schema, "$ref")))?.[1];
  if (depth > MAX_DEPTH) return { kind: "scalar", type: "object" };
  if (reference !== undefined) {
    const target = member(member(member(root, "components"), "schemas"), reference);
    return target === undefined ? { kind: "scalar", type: reference } : shapeOf(target, root, depth + 1);
  }
  const type = text(member(schema, "type"));
  if (type === "array") return { kind: "array", items: shapeOf(member(schema, "items"), root, depth + 1) };
  const properties = Object.entries(object(member(schema, "properties")));
  if (properties.length > 0) {
    const required = member(schema, "required");
    const names = Array.isArray(required) ? required : null;
    return {
      kind: "object",
      fields: properties.map(([name, inner]) => ({
        name,
        optional: names !== null && !names.includes(name),
        shape: shapeOf(inner, root, depth + 1),
        note: "",
      })),
    };
  }
  const values = member(schema, "enum");
  if (Array.isArray(values)) return { kind: "scalar", type: `enum [${values.join(", ")}]` };
  return { kind: "scalar", type: text(member(schema, "format")) || type || "any" };
}

function object(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function member(value: unknown, name: string): unknown {
  return object(value)[name];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
