import { messageOf } from "../lib/errors.ts";
import { sha256 } from "../lib/ids.ts";
import { compileSchema, schemaFaults } from "../lib/json-schema.ts";
import type { ContractDraft, ContractFault } from "../model/contract.ts";
import { asyncApiFaults } from "./asyncapi.ts";
import { isTooDeep, type Json, MAX_DEPTH, nodesOf, patternFaults, referenceFaults } from "./document.ts";
import { openApiFaults } from "./openapi.ts";

/** Largest contract that is looked at, in characters of JSON. */
const MAX_LENGTH = 16_000_000;
const MAX_REMEMBERED = 500;

const remembered = new Map<string, Promise<ContractFault[]>>();

/**
 * Faults of a contract document by its specification: OpenAPI 3.0 and 3.1, AsyncAPI 2.6 and 3, JSON Schema 2020-12.
 * Each has a JSON pointer into the document; none means that the contract is valid. Never throws on a document, whatever
 * is in it, and reads nothing outside it. The same content is checked once a process.
 */
export async function validateContract(draft: Pick<ContractDraft, "type" | "spec">): Promise<ContractFault[]> {
  if (isTooDeep(draft.spec)) return [{ pointer: "", message: `is nested more than ${MAX_DEPTH} levels deep` }];
  const text = JSON.stringify(draft.spec);
  if (text.length > MAX_LENGTH)
    return [{ pointer: "", message: `has ${text.length} characters; more than ${MAX_LENGTH} are not accepted` }];
  const key = `${draft.type} ${sha256(text)}`;
  const known = remembered.get(key);
  if (known) return known;
  // A copy made from the text, so that nobody can change it while it is checked.
  const faults = check(draft.type, JSON.parse(text));
  remembered.set(key, faults);
  for (const oldest of remembered.keys()) if (remembered.size > MAX_REMEMBERED) remembered.delete(oldest);
  return faults;
}

async function check(type: ContractDraft["type"], document: Json): Promise<ContractFault[]> {
  try {
    if (type === "openapi") return await openApiFaults(document);
    if (type === "asyncapi") return await asyncApiFaults(document);
    return jsonSchemaFaults(document);
  } catch (cause) {
    return [{ pointer: "", message: `could not be checked: ${messageOf(cause)}` }];
  }
}

function jsonSchemaFaults(document: Json): ContractFault[] {
  const faults = schemaFaults(document).map(({ pointer, message }) => ({ pointer, message }));
  const nodes = nodesOf(document);
  const references = referenceFaults(document, nodes).filter(
    ({ message }) => !message.startsWith("#") || message.startsWith("#/"),
  );
  const all = [...faults, ...references, ...patternFaults(nodes)];
  if (all.length > 0) return all;
  const unusable = compileSchema(document)(undefined).find(({ message }) =>
    message.startsWith("The schema cannot be used"),
  );
  return unusable ? [{ pointer: "", message: unusable.message }] : [];
}
