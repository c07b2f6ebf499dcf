import { createHmac } from "node:crypto";

const LIFETIME_SECONDS = 3600;

/** A bearer token as src/model/runtime.ts describes it: HS256 (RFC 7519), with `sub`, `iat` and `exp`. */
export function signToken(secret: string, subject: string, now = Date.now()): string {
  const iat = Math.floor(now / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: subject, iat, exp: iat + LIFETIME_SECONDS })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
