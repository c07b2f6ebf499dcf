import type { Contract, UnimplementedContract } from "../model/contract.ts";
import type { Claim } from "./claims.ts";
import { type Clause, clausesOf } from "./clauses.ts";
import type { Observation } from "./port.ts";

/**
 * What of a contract has no evidence: no route or message in the code, and no answer seen at run time. undefined when
 * everything has some, or when the contract promises nothing that could have any. A claim is no evidence.
 */
export function unimplemented(
  contract: Contract,
  { code, answered }: Observation,
  claims: readonly Claim[],
): UnimplementedContract | undefined {
  const clauses = clausesOf(contract);
  if (clauses.length === 0) return undefined;
  const seen = new Set(answered ?? []);
  const missing = clauses.filter((clause) => !seen.has(clause.name) && !isInCode(clause, code)).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  // Code in which no route at all can be read is driven by something else, perhaps by the contract itself.
  const blind = code === null || (contract.type === "openapi" && code.routes.length === 0);
  const unknown = blind && (answered === null || answered.length === 0);
  return {
    id: contract.id,
    type: contract.type,
    version: contract.version,
    expected_service: contract.service_name,
    status: unknown ? "unknown" : missing.length === clauses.length ? "missing" : "partial",
    operations_total: clauses.length,
    missing,
    claim: claims[0] ?? null,
  };
}

function isInCode({ method, path }: Clause, code: Observation["code"]): boolean {
  if (code === null) return false;
  if (method === "SEND") return code.published.includes(path) || code.mentions(path);
  if (method === "RECEIVE") return code.consumed.includes(path) || code.mentions(path);
  const wanted = plain(path);
  return code.routes.some((route) => isMethod(route.method, method) && isSame(plain(route.path), wanted));
}

function isMethod(found: string, wanted: string): boolean {
  const method = found.toUpperCase();
  return method === wanted || method === "ANY" || method === "ALL" || (wanted === "HEAD" && method === "GET");
}

/** Routes and contract paths are each mounted under prefixes that the other does not know. */
function isSame(route: string, path: string): boolean {
  if (route === path) return true;
  const [short, long] = route.length < path.length ? [route, path] : [path, route];
  const lead = long.slice(0, long.length - short.length);
  return short.replaceAll("{}", "").length > 1 && long.endsWith(short) && !lead.includes("{}");
}

/** Parameters made alike: `/orders/:id` and `/orders/{orderId}` are one. */
function plain(path: string): string {
  const flat = path.replace(/\{[^{}]*\}|<[^<>]*>|:[A-Za-z_]\w*|\$\{[^{}]*\}/g, "{}").replace(/\/+$/, "");
  return flat.startsWith("/") ? flat : `/${flat}`;
}
