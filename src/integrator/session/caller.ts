import { randomUUID } from "node:crypto";
import { endpointOf, type Operation } from "../operation.ts";
import { tokenOf } from "./answer.ts";
import { loginFor, personIn, registrationFor } from "./candidates.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  type Identity,
  isSuccess,
  type PreparedRequest,
  type Resource,
  type Session,
  type Wanted,
} from "./session.ts";
import { signToken } from "./token.ts";

/** How a caller is brought about: requests on the way to a token. */
export interface Means {
  arrange(login: Operation, who: Identity, making: readonly string[]): Promise<PreparedRequest>;
  register(operation: Operation, making: readonly string[]): Promise<Resource>;
  shared(wanted: Wanted, making: readonly string[]): Promise<Resource>;
}

/** On the way to a token: what needs a token itself cannot wait for it. */
const TOKEN = "token";

/**
 * A token for callers of an operation: somebody given, or the session's own identity, registers and logs in the way the
 * contracts offer. Where they offer none, a token is signed with the deployment's secret, and `session.signed` knows it.
 */
export async function tokenFor(
  session: Session,
  operation: Pick<Operation, "service" | "action" | "entity">,
  given: Identity | null,
  making: readonly string[],
  means: Means,
): Promise<string> {
  const who = given ?? (await ownIdentity(session, operation.service, making, means));
  if (who === undefined) return signed(session, await subjectFor(session, operation, making, means));
  if (who.token !== null) return who.token;
  const login = loginFor(session.system, operation.service);
  if (login === undefined) {
    who.token = signed(session, String(who.id));
    return who.token;
  }
  const outcome = await call(session, login, await means.arrange(login, who, [...making, TOKEN]));
  const token = isSuccess(outcome) ? tokenOf(outcome.json, login) : undefined;
  if (token === undefined)
    throw new CannotArrange(`${endpointOf(login)} of ${login.service} gives no token: ${describeOutcome(outcome)}`);
  who.token = token;
  return token;
}

/** The session's own identity, registered when it is first needed; undefined when the contracts let nobody register. */
export async function ownIdentity(
  session: Session,
  service: string,
  making: readonly string[],
  means: Means,
): Promise<Identity | undefined> {
  const login = loginFor(session.system, service);
  const register = registrationFor(session.system, login?.service ?? service);
  if (register === undefined) return undefined;
  const key = `identity ${register.service}`;
  const before = session.made.get(key);
  // Whoever registers only with a token cannot have got it here.
  if (before === undefined && making.includes(TOKEN)) return undefined;
  const known = before ?? (await means.register(register, [...making, TOKEN]));
  session.made.set(key, known);
  if (known.identity === null) throw new CannotArrange(`${endpointOf(register)} registers nobody`);
  return known.identity;
}

/** Whom a signed token stands for: one of those the service keeps, where they can be made; otherwise anybody. */
async function subjectFor(
  session: Session,
  { service, action, entity }: Pick<Operation, "service" | "action" | "entity">,
  making: readonly string[],
  { shared }: Means,
): Promise<string> {
  if (making.includes(TOKEN)) return randomUUID();
  const isCurrent = action === "current" && entity !== null;
  if (!isCurrent && session.anybody !== null) return session.anybody;
  const wanted = isCurrent ? { entity, service } : personIn(session.system);
  if (wanted !== undefined)
    try {
      return String((await shared(wanted, [...making, TOKEN])).id);
    } catch (cause) {
      if (!(cause instanceof CannotArrange)) throw cause;
    }
  session.anybody ??= randomUUID();
  return session.anybody;
}

function signed(session: Session, subject: string): string {
  const { jwt_secret } = session.system;
  if (jwt_secret === null) throw new CannotArrange("no operation of the contracts gives a token");
  const token = signToken(jwt_secret, subject);
  session.signed.add(token);
  return token;
}
