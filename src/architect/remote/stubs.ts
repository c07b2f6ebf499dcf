import { hashOf } from "../../lib/ids.ts";
import { type ContractDraft, ContractType } from "../../model/contract.ts";
import type { Question } from "../../model/plan.ts";

type Stub = Record<string, unknown>;

/** What is mixed into a flat stub beside the document itself. */
const WRAPPING = ["type", "service_id", "service_name"];
const VERSION = /^\d+\.\d+\.\d+$/;

/**
 * Contracts from an architect's stubs, each a document with `type` and `service_id` mixed in or around it. One for each
 * service and type, so that OpenAPI and AsyncAPI of a service both stay. What belongs to no service, or comes twice, is
 * left out and asked about.
 */
export function draftsFrom(
  stubs: readonly Stub[],
  services: readonly string[],
  ask: (question: Question) => void,
): ContractDraft[] {
  const drafts = new Map<string, ContractDraft>();
  for (const stub of stubs) {
    const draft = draftFrom(stub);
    const owner = services.find((name) => name.toLowerCase() === draft?.service_name.toLowerCase());
    if (!draft || owner === undefined) {
      const what = draft ? `${draft.type} of ${draft.service_name}` : Object.keys(stub).slice(0, 8).join(", ");
      const why = draft ? "There is no such service" : "It names no service, or is no OpenAPI, AsyncAPI or JSON Schema";
      ask({ about: "contracts", question: `Whose contract is this? ${why}; it is left out: ${what}.`, line: null });
      continue;
    }
    const key = `${owner} ${draft.type}`;
    const other = drafts.get(key);
    if (other === undefined) drafts.set(key, { ...draft, service_name: owner });
    else if (hashOf(other.spec) !== hashOf(draft.spec))
      ask({
        about: `service ${owner}`,
        question: `Which ${draft.type} contract is meant? The architect gave two; the first is used.`,
        line: null,
      });
  }
  return [...drafts.values()];
}

function draftFrom(stub: Stub): ContractDraft | undefined {
  const inner = stub.spec;
  const wrapped = isObject(inner);
  const document = wrapped
    ? inner
    : Object.fromEntries(Object.entries(stub).filter(([name]) => !WRAPPING.includes(name)));
  const named = [stub.service_id, stub.service_name, stub.service].find((name) => typeof name === "string");
  const type = typeOf(stub, document);
  if (typeof named !== "string" || type === undefined) return undefined;
  const info = isObject(document.info) ? document.info : {};
  const version = [wrapped ? stub.version : undefined, info.version].map(String).find((text) => VERSION.test(text));
  return { service_name: named, type, version: version ?? "1.0.0", spec: document };
}

/** The document says what it is; the label only where it does not. */
function typeOf(stub: Stub, document: Stub): ContractType | undefined {
  if (typeof document.openapi === "string") return "openapi";
  if (typeof document.asyncapi === "string") return "asyncapi";
  const label = ContractType.safeParse(stub.type);
  return label.success && label.data === "json_schema" ? label.data : undefined;
}

function isObject(value: unknown): value is Stub {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
