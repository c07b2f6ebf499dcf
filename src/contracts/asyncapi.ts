import { Ajv, type ValidateFunction } from "ajv";
import { pointerPart } from "../lib/json-schema-bundle.ts";
import type { ContractFault } from "../model/contract.ts";
import { isJson, type Json, nodesOf, objectAt, patternFaults, referenceFaults, structureFaults } from "./document.ts";

/** The specification's own JSON Schemas; each is loaded and compiled when the first document of its version comes. */
const SCHEMAS = {
  "2.6.0": () => import("@asyncapi/specs/schemas/2.6.0.json", { with: { type: "json" } }),
  "3.0.0": () => import("@asyncapi/specs/schemas/3.0.0.json", { with: { type: "json" } }),
  "3.1.0": () => import("@asyncapi/specs/schemas/3.1.0.json", { with: { type: "json" } }),
};

const compiled = new Map<string, Promise<ValidateFunction>>();

/** Faults of an AsyncAPI 2.6 or 3.x document: its structure, references, operations and channels. */
export async function asyncApiFaults(document: Json): Promise<ContractFault[]> {
  const version = String(document.asyncapi);
  if (!isKnown(version))
    return [
      {
        pointer: "/asyncapi",
        message: `must be one of ${Object.keys(SCHEMAS).join(", ")}, not ${version.slice(0, 40)}`,
      },
    ];
  const structure = structureFaults(await structureOf(version), document);
  const nodes = nodesOf(document);
  const rules = version.startsWith("2") ? operationIdFaults(document) : operationFaults(document);
  return [
    ...structure,
    ...referenceFaults(document, nodes),
    ...rules,
    ...addressFaults(document),
    ...patternFaults(nodes),
  ];
}

function isKnown(version: string): version is keyof typeof SCHEMAS {
  return Object.hasOwn(SCHEMAS, version);
}

function structureOf(version: keyof typeof SCHEMAS): Promise<ValidateFunction> {
  const known = compiled.get(version);
  if (known) return known;
  const fresh = compile(version);
  compiled.set(version, fresh);
  return fresh;
}

async function compile(version: keyof typeof SCHEMAS): Promise<ValidateFunction> {
  const { default: original } = await SCHEMAS[version]();
  const schema: Json = structuredClone(original);
  const definitions = objectAt(schema, "definitions");
  // ajv brings these meta-schemas itself and refuses to have them twice.
  for (const draft of ["draft-07", "draft-04"]) delete definitions[`http://json-schema.org/${draft}/schema`];
  return new Ajv({ allErrors: true, strict: false, validateFormats: false, logger: false, verbose: true }).compile(
    schema,
  );
}

/** AsyncAPI 3: an operation works on a channel of the document and on that channel's messages only. */
function operationFaults(document: Json): ContractFault[] {
  return Object.entries(objectAt(document, "operations")).flatMap(([name, operation]) => {
    const at = `/operations${pointerPart(name)}`;
    const channel = objectAt(operation, "channel").$ref;
    if (typeof channel !== "string") return [];
    const messages = isJson(operation) && Array.isArray(operation.messages) ? operation.messages : [];
    return messages.flatMap((message, index) => {
      const reference = isJson(message) ? message.$ref : undefined;
      return typeof reference === "string" && !reference.startsWith(`${channel}/messages/`)
        ? [{ pointer: `${at}/messages/${index}/$ref`, message: `${reference} is no message of ${channel}` }]
        : [];
    });
  });
}

function operationIdFaults(document: Json): ContractFault[] {
  const seen = new Set<unknown>();
  return nodesOf(objectAt(document, "channels"), "/channels", true).flatMap(({ node, pointer }) => {
    const id = node.operationId;
    if (typeof id !== "string") return [];
    if (seen.has(id)) return [{ pointer: `${pointer}/operationId`, message: `${id} is used twice` }];
    seen.add(id);
    return [];
  });
}

/** Every `{parameter}` of a channel's address is declared. */
function addressFaults(document: Json): ContractFault[] {
  return Object.entries(objectAt(document, "channels")).flatMap(([name, channel]) => {
    if (!isJson(channel) || typeof channel.$ref === "string") return [];
    const address = typeof channel.address === "string" ? channel.address : name;
    const declared = objectAt(channel, "parameters");
    return [...address.matchAll(/\{([^{}]*)\}/g)]
      .map((match) => match[1] ?? "")
      .filter((parameter) => !Object.hasOwn(declared, parameter))
      .map((parameter) => ({
        pointer: `/channels${pointerPart(name)}`,
        message: `parameter ${parameter} of its address is not declared`,
      }));
  });
}
