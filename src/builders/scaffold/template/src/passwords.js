import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt);
const KEY_BYTES = 32;

/** A salted scrypt hash of a secret. */
export async function hashSecret(secret) {
  const salt = randomBytes(16);
  return { salt, key: await derive(secret, salt, KEY_BYTES) };
}

/** Whether a secret has that hash; without a hash it takes as long and answers no, so that nobody learns who exists. */
export async function matchesSecret(secret, hash) {
  const { salt, key } = hash ?? { salt: randomBytes(16), key: randomBytes(KEY_BYTES) };
  const presented = await derive(secret, salt, KEY_BYTES);
  return timingSafeEqual(presented, key) && hash !== undefined;
}
