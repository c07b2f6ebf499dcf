import { sampleOf } from "../../lib/schema-sample.ts";
import type { Operation, Parameter } from "../operation.ts";
import { type Means, ownIdentity, tokenFor } from "./caller.ts";
import { isMakeable, isRegistration, makersOf, parameterTarget, stateFields } from "./candidates.ts";
import { parameterPrefixes, type Supply } from "./request.ts";
import { credentialOf } from "./resource.ts";
import { CannotArrange, type Identity, nextSeed, type Resource, type Session, type Wanted } from "./session.ts";
import type { Slot } from "./slots.ts";

/** What a request is made for, once it is known. */
interface Scene {
  operation: Operation;
  target: Resource | null;
  identity: Identity | null;
  making: readonly string[];
  /** Filled with what had to be made up. */
  assumed: string[];
}

/** Everything of a request that refers to something: the token, path parameters, references and credentials in the body. */
export function supplyFor(session: Session, scene: Scene, means: Means): Supply {
  const { operation, target, identity, making, assumed } = scene;
  const { system } = session;
  return {
    token: () => tokenFor(session, operation, identity, making, means),
    assume: (what) => assumed.push(what),
    parameter: (parameter, prefix) => parameterValue(session, parameter, prefix, scene, means),
    slot: (slot) => slotValue(session, slot, scene, means),
    fixed: new Map([...stateFields(system, operation)].map((field) => [field, target?.body[field]])),
  };
}

async function parameterValue(
  session: Session,
  parameter: Parameter,
  prefix: string,
  { operation, target, making }: Scene,
  means: Means,
): Promise<string | undefined> {
  const known = parameter.in === "path" ? target?.path.get(prefix) : undefined;
  if (known !== undefined) return known;
  const last = [...parameterPrefixes(operation.path).values()].at(-1);
  if (target && parameter.in === "path" && prefix === last) return String(idIn(target, parameter.name));
  const wanted = parameterTarget(session.system, operation, parameter, prefix);
  if (wanted === null) return undefined;
  const found = isMakeable(session.system, wanted)
    ? await means.shared(wanted, making)
    : await existing(session, wanted, making, means);
  return found === null ? undefined : String(found.id);
}

/** What names a resource in a path: its property of the parameter's name, `/samples/{barcode}`, otherwise its id. */
function idIn({ id, body }: Resource, parameter: string): string | number {
  const own = body[parameter];
  return (typeof own === "string" && own !== "") || typeof own === "number" ? own : id;
}

async function slotValue(session: Session, slot: Slot, scene: Scene, means: Means): Promise<unknown> {
  const { operation, identity, making, assumed } = scene;
  const name = String(slot.path.at(-1));
  if (operation.action === "login") {
    const who = identity ?? (await ownIdentity(session, operation.service, making, means));
    if (who === undefined) throw new CannotArrange("no operation of the contracts registers anybody who could log in");
    return credentialOf(who, name, slot.credential);
  }
  if (slot.credential === "identifier" && isRegistration(operation))
    return sampleOf(slot.schema, operation.document, nextSeed(session), { examples: false });
  const { reference } = slot;
  if (reference === null || (!slot.stated && reference.entity === operation.entity)) return undefined;
  if (isMakeable(session.system, reference)) return (await means.shared(reference, making)).id;
  const found = await existing(session, reference, making, means);
  if (found !== null) return found.id;
  if (!slot.stated) return undefined;
  if (slot.optional) throw new CannotArrange(`no operation of the contracts makes a ${reference.entity}`);
  assumed.push(`${name} (no operation of the contracts makes a ${reference.entity})`);
  return undefined;
}

/** One that is there already, of what nobody can make; null when there is none. */
export async function existing(
  session: Session,
  wanted: Wanted,
  making: readonly string[],
  { shared }: Means,
): Promise<Resource | null> {
  if (makersOf(session.system, wanted).length === 0) return null;
  try {
    return await shared(wanted, making);
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return null;
  }
}
