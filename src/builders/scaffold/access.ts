import { follow, isRecord, type Json, list, record } from "./json.ts";
import type { ContractOperation } from "./operations.ts";
import type { OperationPlan } from "./plan.ts";

/** Whether an operation needs a bearer token, by its own `security` or the document's. */
export function accessOf(document: Json, { raw }: ContractOperation): OperationPlan["access"] {
  const alternatives = list(raw.security ?? document.security).filter(isRecord);
  if (alternatives.length === 0) return "public";
  return alternatives.some((schemes) => Object.keys(schemes).length === 0) ? "optional" : "required";
}

/** The names of the schemes that guard an operation when none of its alternatives is a bearer token. */
export function unsupportedSchemes(document: Json, { raw }: ContractOperation): string[] {
  const alternatives = list(raw.security ?? document.security).filter(isRecord);
  const unsupported = alternatives.map((schemes) => Object.keys(schemes).filter((name) => !isBearer(document, name)));
  return unsupported.some((names) => names.length === 0) ? [] : (unsupported[0] ?? []);
}

function isBearer(document: Json, name: string): boolean {
  const { value } = follow(document, record(record(document.components).securitySchemes)[name]);
  if (value.type === undefined || value.type === "oauth2" || value.type === "openIdConnect") return true;
  return value.type === "http" && String(value.scheme).toLowerCase() === "bearer";
}
