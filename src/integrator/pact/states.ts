import { sampleOf } from "../../lib/schema-sample.ts";
import { at } from "../document.ts";
import type { Operation } from "../operation.ts";
import { arrange, make, ownToken } from "../session/arrange.ts";
import { isMakeable, isOnOne } from "../session/candidates.ts";
import { isSigned } from "../session/doubt.ts";
import { CannotArrange, nextSeed, type PreparedRequest, type Resource, type Session } from "../session/session.ts";
import type { Interaction, Pact, ProviderState } from "./document.ts";
import { stateNames } from "./state-names.ts";
import { type StateMeans, tell } from "./tell-state.ts";
import { namesIn, TOKEN, valuesOf } from "./values.ts";

/** A provider in the state that an interaction asks for. */
export interface Arranged {
  /** Who arranged it, for the evidence; null when nobody could and it is tried as it is. */
  by: "endpoint" | "command" | "session" | null;
  values: Record<string, unknown>;
  headers: Record<string, string>;
  /** Whether the caller's token was signed for the test, because the contracts offer no way to one. */
  signed: boolean;
  /** Why it may not be as asked for; "" when it is. */
  doubt: string;
}

/**
 * Bring the provider into the state of an interaction: through its `/_pact/state`, else the command, else by requests
 * that make what the operation needs; `examples` false makes values up instead of taking the contract's. Throws
 * `CannotArrange` when nothing can give what the interaction has to send.
 */
export async function arrangeStates(
  session: Session | null,
  operation: Operation | undefined,
  pact: Pact,
  interaction: Interaction,
  means: StateMeans,
  examples?: boolean,
): Promise<Arranged> {
  const { states } = interaction;
  const given = Object.assign({}, ...states.map(({ params }) => params)) as Record<string, unknown>;
  const wanted = namesIn(at(interaction.raw, "request", "generators"));
  const told = states.length === 0 ? null : await tell(pact, states, "setup", means);
  const values: Record<string, unknown> = { ...given, ...told?.values };
  let arranged: Arranged = { by: told?.by ?? null, values, headers: {}, signed: false, doubt: "" };
  if (told === null && session !== null && operation !== undefined && states.length > 0 && isOurs(states, operation))
    arranged = await arrangeHere(session, operation, interaction, values, examples);
  else if (told === null && states.length > 0)
    arranged.doubt = `nobody arranged ${states.map(({ name }) => `"${name}"`).join(", ")}`;
  if (operation?.secured === true && arranged.values[TOKEN] === undefined && !hasOwn(means.headers, "authorization"))
    arranged = await withToken(session, operation, arranged);
  const token = arranged.values[TOKEN];
  const headers = {
    ...(typeof token === "string" ? { authorization: `Bearer ${token}` } : {}),
    ...means.headers,
  };
  const missing = wanted.filter((name) => name !== TOKEN && arranged.values[name] === undefined);
  if (missing.length > 0) throw new CannotArrange(`its provider state gives no ${missing.join(", ")}`);
  return { ...arranged, headers };
}

/** Whether all states are such as generated pacts ask for: these are known here, whoever's pact it is. */
function isOurs(states: readonly ProviderState[], operation: Operation): boolean {
  const known: string[] = Object.values(stateNames(operation));
  return states.every(({ name }) => known.includes(name));
}

/** Undo what was arranged by somebody who can; failures say nothing about the provider. */
export async function tearDown(
  pact: Pact,
  { states }: Interaction,
  by: Arranged["by"],
  means: StateMeans,
): Promise<void> {
  if (by === "endpoint" || by === "command") await tell(pact, states, "teardown", means);
}

/** Without a token the provider can only refuse; the interaction is tried, and its refusal says nothing. */
async function withToken(session: Session | null, operation: Operation, arranged: Arranged): Promise<Arranged> {
  if (session === null) return { ...arranged, doubt: arranged.doubt || "no token was given" };
  try {
    const token = await ownToken(session, operation);
    return { ...arranged, values: { ...arranged.values, [TOKEN]: token }, signed: session.signed.has(token) };
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return { ...arranged, doubt: arranged.doubt || cause.message };
  }
}

/** The interaction's own request as the session would make it, with what it needs made before. */
async function arrangeHere(
  session: Session,
  operation: Operation,
  interaction: Interaction,
  given: Record<string, unknown>,
  examples: boolean | undefined,
): Promise<Arranged> {
  const isMissing = at(interaction.raw, "response", "status") === 404;
  if (operation.action === "list") await fill(session, operation);
  const target = isMissing ? nothingThere(session, operation) : undefined;
  const request: PreparedRequest = await arrange(session, operation, {
    ...(target === undefined ? {} : { target }),
    ...(examples === undefined ? {} : { examples }),
  });
  const { assumed } = request;
  return {
    by: "session",
    values: { ...given, ...valuesOf(request, operation) },
    headers: {},
    signed: isSigned(session, request),
    doubt: assumed.length > 0 && !isMissing ? `this was made up: ${assumed.join(", ")}` : "",
  };
}

/** An empty list proves nothing of its items. */
async function fill(session: Session, { entity, service }: Operation): Promise<void> {
  if (entity !== null && isMakeable(session.system, { entity, service })) await make(session, { entity, service });
}

/** A resource that was never made: its id fits the path's schema. */
function nothingThere(session: Session, operation: Operation): Resource | undefined {
  const name = [...operation.path.matchAll(/\{([^{}]+)\}/g)].at(-1)?.[1];
  if (name === undefined || !isOnOne(operation) || operation.entity === null) return undefined;
  const { service, entity } = operation;
  const schema = operation.parameters.find((one) => one.in === "path" && one.name === name)?.schema ?? {};
  const sampled = sampleOf(schema, operation.document, nextSeed(session), { examples: false });
  const id = typeof sampled === "number" ? 2 ** 31 - 2 : String(sampled);
  return { service, entity, id, body: {}, path: new Map(), identity: null };
}

function hasOwn(headers: Record<string, string>, name: string): boolean {
  return Object.keys(headers).some((one) => one.toLowerCase() === name);
}
