import { own, type Source } from "../breaking/source.ts";
import { isJson, objectAt } from "../document.ts";
import type { HttpOperation } from "../exchange/operations.ts";

/** What stands in a case for the token that the runner puts in. */
export const TOKEN = "{AUTH_TOKEN}";

/** Where an operation's credentials go; null when it asks for none, or leaves the choice. */
export interface Credentials {
  headers: Record<string, string>;
  query: Record<string, string>;
}

/** Credentials of the first alternative that an operation's security allows. */
export function credentialsOf(source: Source, { operation }: HttpOperation): Credentials | null {
  const requirements = own(operation.node, "security") ?? source.document.security;
  const alternatives = (Array.isArray(requirements) ? requirements : []).filter(isJson);
  const [first] = alternatives;
  if (first === undefined || alternatives.some((one) => Object.keys(one).length === 0)) return null;
  const schemes = objectAt(objectAt(source.document, "components"), "securitySchemes");
  const credentials: Credentials = { headers: {}, query: {} };
  for (const name of Object.keys(first)) {
    const { node } = source.resolve(schemes[name], `/components/securitySchemes/${name}`);
    const key = String(node.name);
    if (node.type === "apiKey" && node.in === "query") credentials.query[key] = TOKEN;
    else if (node.type === "apiKey" && node.in === "cookie") credentials.headers.cookie = `${key}=${TOKEN}`;
    else if (node.type === "apiKey") credentials.headers[key.toLowerCase()] = TOKEN;
    else
      credentials.headers.authorization = `${node.type === "http" && node.scheme === "basic" ? "Basic" : "Bearer"} ${TOKEN}`;
  }
  return credentials;
}
