import { AppError } from "../../lib/errors.ts";
import { isTooDeep, type Json, MAX_DEPTH } from "../document.ts";
import { compareAsyncApi } from "./asyncapi.ts";
import type { Change, CompareOptions } from "./change.ts";
import { createComparison, NOWHERE } from "./comparison.ts";
import { compareOpenApi } from "./paths.ts";
import { PLACES } from "./places.ts";
import { createSource } from "./source.ts";
import { fromSwagger } from "./swagger.ts";

export type { Change, ChangeRule, ChangeSeverity, CompareOptions } from "./change.ts";
export { type ContractFile, parseContract, readContractFile } from "./load.ts";
export { changesAsMarkdown, changesAsText, type GroupedChange, groupChanges } from "./render.ts";
export { describeChanges } from "./rules.ts";

/** What a document describes itself as. */
export type ContractKind = "openapi" | "asyncapi" | "json_schema";

/** The kind of a document; undefined when it is no contract. */
export function kindOf(document: Json): ContractKind | undefined {
  if (typeof document.asyncapi === "string") return "asyncapi";
  if (typeof document.openapi === "string" || String(document.swagger) === "2.0" || document.swagger === 2)
    return "openapi";
  return isSchema(document) ? "json_schema" : undefined;
}

const TYPES = new Set(["object", "array", "string", "number", "integer", "boolean", "null"]);

function isSchema(document: Json): boolean {
  if (typeof document.$schema === "string") return document.$schema.includes("json-schema.org");
  const types = [document.type].flat();
  const typed = types.every((type) => typeof type === "string" && TYPES.has(type));
  return (
    typed || ["properties", "$defs", "allOf", "anyOf", "oneOf", "$ref"].some((word) => Object.hasOwn(document, word))
  );
}

/**
 * Every change between two versions of a contract, in the order of the documents: OpenAPI 3.0 and 3.1 (and Swagger 2.0),
 * AsyncAPI 2 and 3, JSON Schema; versions of one specification compare with each other. Pure: reads nothing but the two
 * documents; references out of them count as "anything". What clients send must not become narrower, what they get must
 * not become wider.
 * Errors: INVALID_INPUT when a document is no contract, is nested too deeply, or the two are of different kinds.
 */
export function compareContracts(oldDocument: Json, newDocument: Json, options: CompareOptions = {}): Change[] {
  const [before, after] = [checked(oldDocument, "old"), checked(newDocument, "new")];
  if (before !== after)
    throw new AppError("INVALID_INPUT", `The old contract is ${NAMES[before]}, the new one is ${NAMES[after]}.`, {
      remedy: "Compare two versions of the same contract.",
    });
  const [old, fresh] = [createSource(fromSwagger(oldDocument)), createSource(fromSwagger(newDocument))];
  const comparison = createComparison(old, fresh, options.now ?? new Date());
  if (before === "openapi") compareOpenApi(comparison);
  else if (before === "asyncapi") compareAsyncApi(comparison);
  else
    comparison.schemas(
      PLACES.schema,
      NOWHERE,
      "the schema",
      [{ node: oldDocument, at: "" }],
      [{ node: newDocument, at: "" }],
    );
  return comparison.changes();
}

const NAMES = { openapi: "OpenAPI", asyncapi: "AsyncAPI", json_schema: "JSON Schema" };

function checked(document: Json, which: string): ContractKind {
  if (isTooDeep(document))
    throw new AppError("INVALID_INPUT", `The ${which} contract is nested more than ${MAX_DEPTH} levels deep.`, {
      remedy: "Name the inner schemas and refer to them with $ref.",
    });
  const kind = kindOf(document);
  if (kind) return kind;
  throw new AppError(
    "INVALID_INPUT",
    `The ${which} document is no contract: it has neither openapi nor asyncapi, and is no JSON Schema.`,
    {
      remedy: "Give an OpenAPI, AsyncAPI or JSON Schema document.",
    },
  );
}
