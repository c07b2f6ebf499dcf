import { randomUUID } from "node:crypto";
import { loadContract } from "../../src/contract.js";
import { sample, typeOf } from "../../src/sample.js";
import { fits, resolve } from "../../src/schema.js";
import { consumed, entities, operations } from "../cases.js";
import { startNeighbours } from "./neighbours.js";
import { request, startService } from "./service.js";

/** Why a test cannot be done with what the contract offers. */
export class NotPossible extends Error {}

/** The running service, its neighbours, and what is needed to bring about the situation that a test starts from. */
export async function createWorld() {
  const contract = loadContract();
  const { document } = contract;
  const neighbours = await startNeighbours(consumed);
  const published = operations.flatMap((operation) => operation.publishes.map((event) => event.name));
  const service = await startService({
    ...neighbours.environment,
    EVENT_SUBSCRIBERS: JSON.stringify(Object.fromEntries(published.map((name) => [name, [neighbours.eventsUrl]]))),
  });
  const tokens = operations.some(({ access }) => access !== "public") ? await import("../../src/jwt.js") : undefined;
  let count = 0;

  const world = {
    contract,
    neighbours,
    service,
    tokenFor,
    bodyFor,
    bodySchemaOf,
    pathOf,
    send,
    make,
    reach,
    targetOf,
    perform,
    stop,
  };
  return world;

  function tokenFor(subject = randomUUID()) {
    return tokens?.signToken({ iss: "tests", sub: String(subject) }, service.secrets.JWT_SECRET, 600);
  }

  function bodySchemaOf(operation) {
    const content = contract.operation(operation.method, operation.path).requestBody?.content ?? {};
    const type = Object.keys(content).find((one) => /json/.test(one)) ?? Object.keys(content)[0];
    return type === undefined ? undefined : { type, schema: content[type].schema ?? {} };
  }

  /** A valid body: the smallest one, with ids of documents that exist and an identifier nobody has yet. */
  async function bodyFor(operation) {
    const described = bodySchemaOf(operation);
    if (described === undefined) return undefined;
    const body = sample(document, described.schema);
    if (!fits(document, described.schema, body, { direction: "request" }))
      throw new NotPossible("no body could be made that fits the contract's schema");
    for (const { entity, path } of operation.references) await putReference(body, path, entity);
    const { identifier } = operation.credentials ?? {};
    if (identifier) body[identifier] = unique(body[identifier]);
    return body;
  }

  async function putReference(body, path, entity) {
    const [name, ...rest] = path;
    if (body === null || body === undefined || (name !== "*" && !Object.hasOwn(body, name))) return;
    if (name === "*") {
      for (const [index, item] of body.entries()) {
        if (rest.length === 0) body[index] = (await make(entity))[entities[entity].id];
        else await putReference(item, rest, entity);
      }
    } else if (rest.length === 0) body[name] = (await make(entity))[entities[entity].id];
    else await putReference(body[name], rest, entity);
  }

  function unique(text) {
    count += 1;
    return String(text).includes("@") ? String(text).replace("@", `.${count}@`) : `${text}${count}`;
  }

  /** The operation's path with the document's own values for its parameters. */
  function pathOf(operation, subject) {
    const { parameters } = contract.operation(operation.method, operation.path);
    return operation.path.replace(/\{([^}]+)\}/g, (_, name) => {
      const schema = parameters.find((one) => one.in === "path" && one.name === name)?.schema ?? {};
      const isOwn = operation.lookup?.by === name && subject !== undefined;
      const value = isOwn ? subject[operation.lookup.field] : sample(document, schema);
      if (value === undefined) throw new NotPossible(`the answer to its creation does not show its ${name}`);
      return encodeURIComponent(String(value));
    });
  }

  async function send(
    operation,
    { subject, body, token = tokenFor(), path = pathOf(operation, subject), headers } = {},
  ) {
    const form = body !== undefined && bodySchemaOf(operation)?.type === "application/x-www-form-urlencoded";
    return request(`${service.url}${path}${requiredQuery(operation)}`, {
      method: operation.method,
      token,
      ...(form ? { body: new URLSearchParams(body).toString() } : { body }),
      headers: { ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}), ...headers },
    });
  }

  function requiredQuery(operation) {
    const { parameters } = contract.operation(operation.method, operation.path);
    const needed = parameters.filter((one) => one.in === "query" && one.required);
    const query = new URLSearchParams(needed.map((one) => [one.name, String(sample(document, one.schema ?? {}))]));
    return needed.length > 0 ? `?${query}` : "";
  }

  /** Bring a document of an entity into being, the way a client would. */
  async function make(entity, seen = []) {
    const creating = operations.find((one) => one.entity === entity && ["create", "register"].includes(one.action));
    if (creating === undefined || seen.includes(entity)) throw new NotPossible(`no operation creates a ${entity}`);
    const path = await pathInside(creating, [...seen, entity]);
    const body = await bodyFor(creating);
    const { status, body: answered, text } = await send(creating, { body, path });
    if (status >= 300) throw new Error(`${creating.id} answered ${status}: ${text}`);
    const found = documentIn(answered, entities[entity].id);
    if (found === undefined) throw new NotPossible(`${creating.id} does not answer with the id of what it creates`);
    return { ...found, sent: body };
  }

  /** The path of a collection; what it lies in is made first when the service looks for it. */
  async function pathInside(operation, seen = []) {
    const { parent } = operation;
    if (parent === undefined) return pathOf({ ...operation, lookup: undefined });
    return pathOf({ ...operation, lookup: parent.lookup }, await make(parent.entity, seen));
  }

  function documentIn(answered, id) {
    if (answered === null || typeof answered !== "object") return undefined;
    if (Object.hasOwn(answered, id)) return answered;
    return Object.values(answered).find(
      (inner) => inner !== null && typeof inner === "object" && Object.hasOwn(inner, id),
    );
  }

  /** A document in one of these states, moved there by the contract's own transitions. */
  async function reach(entity, wanted) {
    const moves = operations.filter((one) => one.entity === entity && one.action === "transition");
    const subject = await make(entity);
    const { state } = moves[0]?.transition ?? {};
    // The answer to a creation need not show the state.
    const first = subject[state] ?? entities[entity].initial?.[state];
    if (first === undefined) throw new NotPossible(`nothing says which ${state} a new ${entity} has`);
    const paths = [{ at: first, steps: [] }];
    const visited = new Set();
    for (const { at, steps } of paths) {
      if (wanted(at)) return walk(subject, steps);
      if (visited.has(at)) continue;
      visited.add(at);
      for (const move of moves.filter((one) => one.transition.from.includes(at)))
        paths.push({ at: move.transition.to, steps: [...steps, move] });
    }
    throw new NotPossible(`the contract's transitions do not lead there from ${first}`);
  }

  async function walk(subject, steps) {
    for (const step of steps) {
      const { status, text } = await send(step, { subject, body: await bodyFor(step) });
      if (status >= 300) throw new Error(`${step.id} answered ${status}: ${text}`);
    }
    return subject;
  }

  /** Do one operation as it is meant to be done. */
  async function perform(operation) {
    if (operation.unbuilt) throw new NotPossible(operation.unbuilt);
    if (operation.action === "login") return performLogin(operation);
    if (operation.action === "current" && operation.entity !== "") {
      const subject = await make(operation.entity);
      return send(operation, { token: tokenFor(subject[entities[operation.entity].id]) });
    }
    const target = await targetOf(operation);
    return send(operation, { ...target, body: await bodyFor(operation) });
  }

  /** Where an operation can succeed: at a document that is there and in a state to start from, in a collection that is there. */
  async function targetOf(operation) {
    if (operation.action === "list" || operation.action === "create") return { path: await pathInside(operation) };
    if (operation.action === "transition")
      return { subject: await reach(operation.entity, (state) => operation.transition.from.includes(state)) };
    if (operation.lookup && ["get", "update", "delete", "custom"].includes(operation.action))
      return { subject: await make(operation.entity) };
    return {};
  }

  async function performLogin(operation) {
    const registering = operations.find((one) => one.action === "register");
    if (registering === undefined) throw new NotPossible("no operation registers anybody");
    const { sent } = await make(registering.entity);
    const { identifier, secret } = operation.credentials;
    const body = await bodyFor(operation);
    const own = registering.credentials;
    return send(operation, { body: { ...body, [identifier]: sent[own.identifier], [secret]: sent[own.secret] } });
  }

  async function stop() {
    const code = await service.stop();
    await neighbours.stop();
    return code;
  }
}

/** A path parameter's value of the right form that names nothing; undefined when the form allows no such value. */
export function unknownValue(contract, operation) {
  const { parameters } = contract.operation(operation.method, operation.path);
  const parameter = parameters.find((one) => one.in === "path" && one.name === operation.lookup?.by);
  const schema = resolve(contract.document, parameter?.schema ?? {});
  const value = ["integer", "number"].includes(typeOf(schema)) ? (schema.maximum ?? 999_999_999) : randomUUID();
  return fits(contract.document, schema, value) ? value : undefined;
}
