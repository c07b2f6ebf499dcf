import type { DraftEntity } from "./draft.ts";
import { matchKey, wordsOf } from "./words.ts";

const IDENTIFIERS = [
  "email",
  "e-mail",
  "email-address",
  "username",
  "user-name",
  "login",
  "phone",
  "phone-number",
  "mobile",
  "mobile-number",
];

/** Whether a field identifies somebody who logs in. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIERS.includes(matchKey(name));
}

/** The field that identifies somebody who logs in. */
export function identifierOf(entity: DraftEntity): string | undefined {
  return entity.fields.find((field) => isIdentifier(field.name))?.name;
}

/** Whether a request field holds what only its sender knows. */
export function isSecret(name: string): boolean {
  return /^(?:password|passphrase|pin|secret|passcode)$/.test(wordsOf(name).join(""));
}

/** Whether a field of an entity keeps a password in any form: `password_hash`, `HashedPassword`, `password`. */
export function isStoredSecret(name: string): boolean {
  return secretKeptIn(name) !== undefined;
}

/** The secret that a field keeps, as its owner would send it: `password_hash` → `password`. */
export function secretKeptIn(name: string): string | undefined {
  const word = wordsOf(name).join("");
  return /^(?:hashed|encrypted|salted)?(password|passphrase|passcode)(?:hash|hashed|digest|salt|encrypted)?$/.exec(
    word,
  )?.[1];
}

export function isToken(name: string): boolean {
  return /^(?:token|access-?token|jwt|bearer-?token|id-?token|auth-?token)$/.test(wordsOf(name).join("-"));
}

/** What only an administrator may decide about an account: nobody gives it to themselves by registering. */
export function isPrivilege(name: string): boolean {
  return /^(?:role|user-role|permission|privilege|scope|status|state|is-[a-z-]+|(?:[a-z]+-)?verified|active|enabled|disabled|blocked|locked)$/.test(
    matchKey(name),
  );
}
