import type { Shape, ShapeField } from "../outline.ts";
import { fieldsOf } from "./actions.ts";
import { identifierOf, isIdentifier, isPrivilege, isSecret, isStoredSecret, secretKeptIn } from "./credentials.ts";
import { type Ask, type DraftEndpoint, type DraftEntity, nameOf } from "./draft.ts";
import type { PlannedOperation } from "./operation.ts";
import { isReadOnly } from "./schemas.ts";

/**
 * Registering and logging in without bodies in the PRD would leave every secured endpoint out of reach. What they take is
 * read from what the PRD says elsewhere (the other endpoint's body, the endpoint's own words, the fields of whoever
 * logs in), and asked about. A login that nothing is known about is `custom`: it answers as documented.
 */
export function completeAccounts(operations: PlannedOperation[], ask: Ask): PlannedOperation[] {
  return operations.map((operation) => {
    if (operation.meaning.action === "login") return completeLogin(operation, operations, ask);
    if (operation.endpoint.request !== null) return operation;
    if (operation.meaning.action === "register") return completeRegistration(operation, operations, ask);
    if (operation.meaning.action === "create") return completeCreation(operation, operations, ask);
    return operation;
  });
}

/** What somebody shows to log in, and where the PRD says so. */
interface Credentials {
  identifier: ShapeField;
  secret: ShapeField;
  source: string;
}

function completeLogin(operation: PlannedOperation, operations: PlannedOperation[], ask: Ask): PlannedOperation {
  const { endpoint } = operation;
  if (endpoint.request !== null) return { ...operation, endpoint: completeAnswer(endpoint, ask) };
  const known = credentialsOf(operation, operations);
  if (!known)
    return custom(
      operation,
      `What does ${nameOf(endpoint)} compare? The PRD names no identifier and secret, so it answers as documented and checks nothing.`,
    );
  const { identifier, secret, source } = known;
  ask(
    `endpoint ${nameOf(endpoint)}`,
    `Which fields does it compare? Taken as ${identifier.name} and ${secret.name}, as in ${source}.`,
    endpoint.line,
  );
  const request: Shape = { kind: "object", fields: [identifier, secret] };
  return { ...operation, endpoint: completeAnswer({ ...endpoint, request }, ask) };
}

/** Who registers gives their own fields and the secret; what only others may decide about them is left out. */
function completeRegistration(operation: PlannedOperation, operations: PlannedOperation[], ask: Ask): PlannedOperation {
  const { endpoint, meaning } = operation;
  const known = credentialsOf(operation, operations);
  const { entity } = meaning;
  if (!known && entity) return { ...operation, meaning: { ...meaning, action: "create" } };
  if (!known)
    return custom(
      operation,
      `What does ${nameOf(endpoint)} take? The PRD names neither fields nor who it is that registers.`,
    );
  const { identifier, secret } = known;
  const others = entity ? writable(entity).filter(({ name }) => name !== identifier.name && !isPrivilege(name)) : [];
  return withRequest(operation, [identifier, secret, ...others], ask);
}

/** Where whoever logs in is created by others, the secret is given then. */
function completeCreation(operation: PlannedOperation, operations: PlannedOperation[], ask: Ask): PlannedOperation {
  const { entity } = operation.meaning;
  const own = operations.filter(({ endpoint }) => endpoint.owner === operation.endpoint.owner);
  const related = own.filter(({ meaning }) => entity !== undefined && meaning.entity === entity);
  if (!entity || related.some(({ meaning }) => meaning.action === "register")) return operation;
  const keeps = entity.fields.some(({ name }) => isStoredSecret(name));
  if (!keeps && !related.some(({ meaning }) => meaning.action === "login")) return operation;
  const known = credentialsOf(operation, operations);
  if (!known) return operation;
  const others = writable(entity).filter(({ name }) => name !== known.identifier.name);
  return withRequest(operation, [known.identifier, known.secret, ...others], ask);
}

function withRequest(operation: PlannedOperation, fields: ShapeField[], ask: Ask): PlannedOperation {
  const { endpoint } = operation;
  const names = fields.map(({ name }) => name).join(", ");
  ask(`endpoint ${nameOf(endpoint)}`, `Which fields does it take? Taken as ${names}.`, endpoint.line);
  return { ...operation, endpoint: { ...endpoint, request: { kind: "object", fields } } };
}

function custom(operation: PlannedOperation, doubt: string): PlannedOperation {
  return { ...operation, meaning: { action: "custom", entity: undefined, transition: undefined, doubt } };
}

/** By the body of another account endpoint, by the words of any of them, or by the fields of whoever logs in. */
function credentialsOf(operation: PlannedOperation, operations: PlannedOperation[]): Credentials | undefined {
  const related = operations.filter(
    (other) => other.endpoint.owner === operation.endpoint.owner && isAccount(other, operation.meaning.entity),
  );
  return (
    first(related, ({ endpoint }) => fromBody(endpoint)) ??
    first(related, ({ endpoint, meaning }) => fromWords(endpoint, meaning.entity)) ??
    first([operation, ...related], ({ meaning }) => fromEntity(meaning.entity))
  );
}

function isAccount({ meaning }: PlannedOperation, entity: DraftEntity | undefined): boolean {
  if (meaning.action === "register" || meaning.action === "login") return true;
  return meaning.action === "create" && entity !== undefined && meaning.entity === entity;
}

function first<Item, Found>(items: Item[], look: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fromBody(endpoint: DraftEndpoint): Credentials | undefined {
  const fields = fieldsOf(endpoint.request);
  const identifier = fields.find((field) => isIdentifier(field.name));
  const secret = fields.find((field) => isSecret(field.name));
  return identifier && secret ? { identifier, secret, source: nameOf(endpoint) } : undefined;
}

/** `email + password → JWT token`. */
function fromWords(endpoint: DraftEndpoint, entity: DraftEntity | undefined): Credentials | undefined {
  const secret = /\b(?:password|passphrase|passcode|pin)\b/i.exec(endpoint.summary)?.[0].toLowerCase();
  const said = /\b(?:e-?mail|user ?name|phone)\b/i
    .exec(endpoint.summary)?.[0]
    .toLowerCase()
    .replace(/[^a-z]/g, "");
  const own = entity && identifierOf(entity);
  const identifier = own !== undefined && (said === undefined || own.toLowerCase().startsWith(said)) ? own : said;
  if (secret === undefined || identifier === undefined) return undefined;
  return {
    identifier: plainField(identifier),
    secret: plainField(secret),
    source: `the words of ${nameOf(endpoint)}`,
  };
}

function fromEntity(entity: DraftEntity | undefined): Credentials | undefined {
  const identifier = entity && identifierOf(entity);
  const secret = entity && first(entity.fields, ({ name }) => secretKeptIn(name));
  if (entity === undefined || identifier === undefined || secret === undefined) return undefined;
  return {
    identifier: plainField(identifier),
    secret: plainField(secret),
    source: `the fields of ${entity.name}`,
  };
}

function writable(entity: DraftEntity): ShapeField[] {
  return entity.fields
    .filter((field) => !isReadOnly(entity, field) && !isStoredSecret(field.name))
    .map((field) => plainField(field.name, "", !field.required));
}

/** A field as text; one that the entity has too gets the entity's type and limits. */
function plainField(name: string, type = isEmail(name) ? "email" : "string", optional = false): ShapeField {
  return { name, optional, shape: { kind: "scalar", type }, note: "" };
}

function isEmail(name: string): boolean {
  return /^e-?mail/i.test(name);
}

function completeAnswer(endpoint: DraftEndpoint, ask: Ask): DraftEndpoint {
  const success = endpoint.responses.find(({ status }) => status >= 200 && status < 300);
  if (success?.shape) return endpoint;
  ask(`endpoint ${nameOf(endpoint)}`, "What does it answer with? Taken as { token: string }.", endpoint.line);
  const shape: Shape = { kind: "object", fields: [plainField("token")] };
  const answer = { status: success?.status ?? 200, shape, description: success?.description ?? "" };
  return { ...endpoint, responses: [answer, ...endpoint.responses.filter((response) => response !== success)] };
}
