import type { ContractDraft } from "../../model/contract.ts";
import { fieldsOf, type Meaning } from "./actions.ts";
import { isIdentifier, isSecret, isToken } from "./credentials.ts";
import type { DraftEndpoint, DraftEntity } from "./draft.ts";
import { parametersOf } from "./path.ts";
import type { Schemas } from "./schemas.ts";
import { isBare, type Schema } from "./types.ts";
import { matchKey, wordsOf } from "./words.ts";

/** An OpenAPI operation under construction. */
export type Operation = ContractDraft["spec"];

export interface OperationContext {
  schemas: Schemas;
  /** Whether callers need a bearer token. */
  secured: boolean;
  /** Whether it calls another service before it answers. */
  calls: boolean;
  /** Path as it stands in the document, which may name parameters differently from the endpoint's own line. */
  path: string;
  problem: string;
}

/** One endpoint as an OpenAPI operation, without its operationId and cross-service extensions. */
export function operationFor(endpoint: DraftEndpoint, meaning: Meaning, context: OperationContext): Operation {
  const parameters = [...pathParameters(meaning, context), ...queryParameters(endpoint, meaning, context)];
  const body = requestSchema(endpoint, meaning, context);
  const { entity, transition } = meaning;
  return {
    ...(endpoint.summary ? { summary: endpoint.summary.slice(0, 300) } : {}),
    "x-action": meaning.action,
    ...(entity ? { "x-entity": entity.name } : {}),
    ...(transition ? { "x-transition": transition } : {}),
    security: context.secured ? [{ bearerAuth: [] }] : [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {}),
    responses: {
      ...successes(endpoint, meaning, context),
      ...failures(endpoint, meaning, context, { body: body !== undefined, parameters: parameters.length > 0 }),
    },
  };
}

function pathParameters({ entity }: Meaning, { schemas, path }: OperationContext): Schema[] {
  return parametersOf(path).map(({ name, before }) => {
    const words = wordsOf(name);
    const isId = words.at(-1) === "id";
    const target = schemas.find(words.filter((word) => word !== "id").join(" ")) ?? schemas.find(before);
    const schema = !target
      ? { type: "string", minLength: 1 }
      : isId
        ? { ...schemas.idOf(target), ...(target === entity ? {} : { "x-references": referenceTo(target) }) }
        : schemas.ofShapeField(
            { name, optional: false, shape: { kind: "scalar", type: "" }, note: "" },
            "request",
            target,
          );
    return { name, in: "path", required: true, schema };
  });
}

function referenceTo(target: DraftEntity): Schema {
  return { entity: target.name, service: target.owner };
}

const PAGING = new Map<string, Schema>(
  Object.entries({
    page: { type: "integer", minimum: 1 },
    limit: { type: "integer", minimum: 1 },
    "page-size": { type: "integer", minimum: 1 },
    "per-page": { type: "integer", minimum: 1 },
    size: { type: "integer", minimum: 1 },
    offset: { type: "integer", minimum: 0 },
    skip: { type: "integer", minimum: 0 },
  }),
);

function queryParameters(endpoint: DraftEndpoint, { entity }: Meaning, { schemas }: OperationContext): Schema[] {
  const seen = new Set<string>();
  return endpoint.query.flatMap((field) => {
    if (seen.has(field.name)) return [];
    seen.add(field.name);
    const bare = field.shape.kind === "scalar" && isBare(field.shape.type);
    const paging = bare ? PAGING.get(matchKey(field.name)) : undefined;
    const schema = paging ?? schemas.ofShapeField(field, "request", entity);
    const required = !field.optional && /\brequired\b/i.test(field.note);
    return [{ name: field.name, in: "query", required, schema }];
  });
}

function requestSchema(endpoint: DraftEndpoint, meaning: Meaning, { schemas }: OperationContext): Schema | undefined {
  const { action, entity } = meaning;
  if (endpoint.request) {
    const named = endpoint.request.kind === "scalar" ? schemas.find(endpoint.request.type) : undefined;
    const schema =
      named && endpoint.method === "PATCH"
        ? schemas.partial(named)
        : schemas.ofShape(endpoint.request, "request", entity);
    return takesCredentials(meaning, endpoint) ? withCredentials(schema) : schema;
  }
  if (!entity || entity.fields.length === 0) return undefined;
  if (action === "create" || (action === "update" && endpoint.method === "PUT"))
    return schemas.ofEntity(entity, "request");
  return action === "update" ? schemas.partial(entity) : undefined;
}

function takesCredentials({ action }: Meaning, { request }: DraftEndpoint): boolean {
  if (action === "login" || action === "register") return true;
  const names = fieldsOf(request).map((field) => field.name);
  return action === "create" && names.some(isSecret) && names.some(isIdentifier);
}

/** Mark what a login compares. */
function withCredentials(schema: Schema): Schema {
  const properties = propertiesOf(schema);
  const identifier = Object.keys(properties).find(isIdentifier);
  return {
    ...schema,
    properties: mapValues(properties, (property, name) =>
      isSecret(name)
        ? { type: "string", ...property, "x-credential": "secret", writeOnly: true }
        : name === identifier
          ? { type: "string", ...property, "x-credential": "identifier" }
          : property,
    ),
  };
}

function successes(endpoint: DraftEndpoint, meaning: Meaning, context: OperationContext): Schema {
  const stated = endpoint.responses.filter(({ status }) => status >= 200 && status < 400);
  const responses =
    stated.length > 0 ? stated : [{ status: defaultStatus(endpoint, meaning), shape: null, description: "" }];
  return Object.fromEntries(
    responses.map(({ status, shape, description }) => {
      const schema = shape
        ? context.schemas.ofShape(shape, "response", meaning.entity)
        : status === 204 || status >= 300
          ? undefined
          : defaultAnswer(meaning, context.schemas);
      const marked = schema && meaning.action === "login" ? withToken(schema) : schema;
      const content = marked ? { content: { "application/json": { schema: marked } } } : {};
      return [
        String(status),
        { description: sentence(description) || DESCRIPTIONS[meaning.action] || "Done.", ...content },
      ];
    }),
  );
}

const DESCRIPTIONS: Partial<Record<Meaning["action"], string>> = {
  list: "The list.",
  create: "Created.",
  register: "Registered.",
  get: "Found.",
  update: "Updated.",
  delete: "Deleted.",
  transition: "Moved to its new state.",
  login: "A token.",
  current: "What the token stands for.",
};

/** The PRD's words as a sentence; "" when they are no words but a shape, which the schema says already. */
function sentence(text: string): string {
  const trimmed = text.trim().slice(0, 300);
  if (/^[[{`]/.test(trimmed) || !trimmed.includes(" ")) return "";
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?…]$/.test(trimmed) ? "" : "."}`;
}

function defaultStatus(endpoint: DraftEndpoint, { action }: Meaning): number {
  if (action === "create" || action === "register") return 201;
  return action === "delete" || (action === "custom" && endpoint.method === "DELETE") ? 204 : 200;
}

function defaultAnswer({ action, entity }: Meaning, schemas: Schemas): Schema | undefined {
  if (!entity || action === "custom" || action === "login" || action === "delete") return undefined;
  const one = schemas.ofEntity(entity, "response");
  return action === "list" ? { type: "array", items: one } : one;
}

function withToken(schema: Schema): Schema {
  const properties = propertiesOf(schema);
  return {
    ...schema,
    properties: mapValues(properties, (property, name) =>
      isToken(name) ? { ...property, "x-token": true } : property,
    ),
  };
}

function failures(
  endpoint: DraftEndpoint,
  { action, entity }: Meaning,
  { secured, calls, problem, path }: OperationContext,
  has: { body: boolean; parameters: boolean },
): Schema {
  const unique = entity?.fields.some((field) => /\bunique\b/i.test(field.description)) === true;
  const writes = ["create", "update", "register"].includes(action);
  const reasons: [status: number, applies: boolean, description: string][] = [
    [400, has.body || has.parameters, "The request does not fit this contract."],
    [401, secured || action === "login", action === "login" ? "The credentials do not match." : "No valid token."],
    [404, path.includes("{"), "There is no such thing."],
    [
      409,
      action === "transition" || action === "register" || (writes && unique),
      CONFLICTS[action] ?? "Already taken.",
    ],
    [502, calls, "A service that it depends on did not answer."],
  ];
  const stated = endpoint.responses.filter(({ status }) => status >= 400 && status < 600);
  const statuses = new Map(
    reasons.flatMap(([status, applies, description]) => (applies ? [[status, description]] : [])),
  );
  for (const { status, description } of stated)
    statuses.set(status, sentence(description) || statuses.get(status) || "Refused.");
  const content = { "application/problem+json": { schema: { $ref: `#/components/schemas/${problem}` } } };
  return Object.fromEntries(
    [...statuses].sort(([a], [b]) => a - b).map(([status, description]) => [String(status), { description, content }]),
  );
}

const CONFLICTS: Partial<Record<Meaning["action"], string>> = {
  transition: "Its state does not allow this change.",
  register: "Already registered.",
};

/** Names of the properties of an object schema. */
export function propertiesOf(schema: Schema): Record<string, Schema> {
  const { properties } = schema;
  return isSchemas(properties) ? properties : {};
}

function isSchemas(value: unknown): value is Record<string, Schema> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function mapValues(
  record: Record<string, Schema>,
  change: (schema: Schema, name: string) => Schema,
): Record<string, Schema> {
  return Object.fromEntries(Object.entries(record).map(([name, schema]) => [name, change(schema, name)]));
}

/** What the PRD leaves out about an endpoint's bodies: shapes taken from the entity, or nothing at all. */
export function missingShapes(endpoint: DraftEndpoint, meaning: Meaning): "entity" | "answer" | undefined {
  const success = endpoint.responses.find(({ status }) => status >= 200 && status < 300);
  const writes = meaning.action === "create" || meaning.action === "update";
  const lacksBody = writes && endpoint.request === null && meaning.entity !== undefined;
  const lacksAnswer =
    (success === undefined || success.shape === null) && success?.status !== 204 && meaning.action !== "delete";
  if (!lacksBody && !lacksAnswer) return undefined;
  const fromEntity = meaning.entity !== undefined && meaning.action !== "custom" && meaning.action !== "login";
  return fromEntity ? "entity" : "answer";
}
