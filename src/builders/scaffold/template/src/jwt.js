import { createHmac, timingSafeEqual } from "node:crypto";

// The header is fixed: a token that says anything else, such as "none", is refused before it is read.
const HEADER = encode({ alg: "HS256", typ: "JWT" });

/** A token with these claims; `iat` and `exp` are added. `lifetime` in seconds. */
export function signToken(claims, secret, lifetime) {
  const now = Math.floor(Date.now() / 1000);
  const content = `${HEADER}.${encode({ ...claims, iat: now, exp: now + lifetime })}`;
  return `${content}.${signature(content, secret)}`;
}

/** The claims of a valid, unexpired token; undefined for any other. */
export function verifyToken(text, secret) {
  const [header, payload, given, ...rest] = text.split(".");
  if (given === undefined || rest.length > 0 || decode(header)?.alg !== "HS256") return undefined;
  const expected = Buffer.from(signature(`${header}.${payload}`, secret));
  const actual = Buffer.from(given);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
  const claims = decode(payload);
  const now = Date.now() / 1000;
  if (typeof claims?.sub !== "string" || !(claims.exp > now) || claims.nbf > now) return undefined;
  return claims;
}

function signature(content, secret) {
  return createHmac("sha256", secret).update(content).digest("base64url");
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(text) {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
