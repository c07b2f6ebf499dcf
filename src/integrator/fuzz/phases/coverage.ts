import { sampleOf } from "../../../lib/schema-sample.ts";
import { isRecord } from "../../document.ts";
import { isJson } from "../../operation.ts";
import { parameterTarget } from "../../session/candidates.ts";
import { parameterPrefixes } from "../../session/request.ts";
import { slotsOf } from "../../session/slots.ts";
import type { Case, Values } from "../generate/case.ts";
import type { Deviation } from "../generate/deviation.ts";
import { changed, deviationsOf } from "../generate/deviations.ts";
import { exchange } from "../run.ts";
import { caseOf, isAllowed, isForbidden } from "../scene.ts";
import type { FuzzParameter, Place } from "../spec/model.ts";
import { isCertain, nextValues, type OperationState, sendValid, usesUp } from "../state.ts";

const BATCH = 8;

/** Every boundary of every keyword of an operation's parameters and body, one at a time around a valid request. */
export async function coverOperation(state: OperationState): Promise<void> {
  const { run } = state.scene;
  state.full = (await nextValues(state)).body ?? state.base.body;
  const planned = [...parameterDeviations(state), ...bodyDeviations(state)];
  let batch: Promise<unknown>[] = [];
  for (const deviation of planned) {
    if (run.signal.aborted) break;
    const given = await caseFor(state, deviation);
    if (given === null) continue;
    batch.push(given.kind === "valid" || given.kind === "plausible" ? sendValid(state, given) : exchange(run, given));
    if (batch.length >= BATCH) {
      await Promise.all(batch);
      batch = [];
    }
  }
  await Promise.all(batch);
  await malformed(state);
}

function parameterDeviations(state: OperationState): Deviation[] {
  const { operation, base, scene } = state;
  return operation.parameters.flatMap((parameter) => {
    const { in: place, name, required, schema } = parameter;
    const path = [place, name];
    const value = base[place][name] ?? sampleOf(schema, scene.run.spec.request, 1);
    const own: Deviation[] = deviationsOf(schema, scene.run.spec.request, value, path).filter((one) =>
      canBeWritten(parameter, one),
    );
    const what = `the ${place} parameter ${name}`;
    if (required && place !== "path")
      own.unshift({
        path,
        keyword: "required",
        what: `no ${what.slice(4)}, which is required`,
        value: undefined,
        intent: "invalid",
      });
    else if (!required) own.unshift({ path, keyword: "optional", what, value, intent: "valid" });
    return own;
  });
}

/** Texts only: no lists in place of words, nothing that ends a path or cannot stand in a header. */
export function canBeWritten({ in: place, schema }: FuzzParameter, { path, value, keyword }: Deviation): boolean {
  if (value === undefined) return path.length > 2;
  const isList = isRecord(schema) && (schema.type === "array" || schema.type === "object");
  if (value === null) return false;
  if (typeof value === "object") return isList && keyword !== "type" && !(Array.isArray(value) && value.length === 0);
  if (isList && path.length === 2) return false;
  const text = String(value);
  if (place === "query") return text.length < 4000;
  if (text.trim() === "" || text.length > 2000) return false;
  if (place === "path") return !/[/\\]|\p{Cc}|^\.+$/u.test(text);
  return /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/.test(text) && !/[;,"]/.test(text);
}

function bodyDeviations({ operation, full, scene: { body, run } }: OperationState): Deviation[] {
  if (body === null || full === undefined) return [];
  const path = ["body"];
  const none: Deviation[] = operation.body_required
    ? [{ path, keyword: "required", what: "no body, which is required", value: undefined, intent: "invalid" }]
    : [];
  return [...none, ...deviationsOf(body.schema, run.spec.request, full, path)];
}

/** The case of a deviation; null when the schema, which decides, sees it otherwise. */
export async function caseFor(state: OperationState, deviation: Deviation): Promise<Case | null> {
  const { operation, scene } = state;
  const fresh = needsFresh(state, deviation) ? await nextValues(state) : state.base;
  const values = changed(fresh, deviation.path, deviation.value) as Values;
  const kind = kindOf(state, deviation, values);
  if (kind === null) return null;
  const phase = "coverage" as const;
  return caseOf(operation, {
    phase,
    kind,
    values,
    body: scene.body,
    what: deviation.what,
    subject: subjectOf(deviation),
  });
}

/** Names may have to be unique: a second creation with the same ones says nothing. */
function needsFresh(state: OperationState, { intent }: Deviation): boolean {
  const { action, method } = state.operation.operation;
  if (usesUp(state.operation)) return intent === "valid";
  return action !== "get" && action !== "list" && method !== "GET";
}

export function kindOf(state: OperationState, deviation: Deviation, values: Values): Case["kind"] | null {
  const { path, intent } = deviation;
  const [place, name = ""] = path.map(String);
  const part = place === "body" ? values.body : values[place as Place][name];
  // Odd values that are also forbidden say nothing that a value at the limit does not.
  if (isForbidden(state.scene, place as Place | "body", name, part)) return intent === "probe" ? null : "invalid";
  if (!isAllowed(state.scene, values)) return null;
  if (intent === "probe") return "probe";
  if (intent === "invalid") return null;
  return isCertain(state) && !refersTo(state, deviation) ? "valid" : "plausible";
}

/** Whether a place means something that must exist or mean something to the service: not every allowed value does. */
function refersTo(state: OperationState, { path, value, keyword }: Deviation): boolean {
  const { scene, full, operation } = state;
  const [place, name] = path;
  if (place === "path") return keyword === "format" || isIdentifier(state, String(name));
  if (place !== "body") return MEANINGFUL.test(String(name));
  if (value === null || value === undefined) return false;
  const { body, run } = scene;
  if (body === null) return false;
  const inner = path.slice(1);
  const login = operation.operation.action === "login";
  return slotsOf(body.schema, run.spec.request, full)
    .filter(({ reference }) => reference !== null || login)
    .some((slot) => typeof value === "object" || inner.every((key, index) => slot.path[index] === key));
}

/** Parameters whose texts mean something beyond their schema: ids, positions in a list, languages of queries. */
const MEANINGFUL =
  /(^|[_-])(id|uuid|cursor|token|after|before|q|query|filter|fields|sort|order_?by|search|etag)$|(?:[a-z]I|_i|-i)d$/i;

/** Whether a path parameter names a resource, or may: all that can be made, and texts without bounds. */
function isIdentifier({ operation, scene }: OperationState, name: string): boolean {
  const own = operation.operation;
  const parameter = own.parameters.find((one) => one.in === "path" && one.name === name);
  const prefix = parameterPrefixes(own.path).get(name) ?? "";
  if (parameter === undefined || MEANINGFUL.test(name)) return true;
  return parameterTarget(scene.session.system, own, parameter, prefix) !== null;
}

/** Place and keyword: "body/quantity minimum"; positions in lists do not count. */
export function subjectOf({ path, keyword }: Deviation): string {
  return `${path.map((key) => (typeof key === "number" ? "*" : key)).join("/")} ${keyword}`;
}

/** Bodies that are not what their media type says. */
async function malformed(state: OperationState): Promise<void> {
  const { operation, scene, base } = state;
  const { body, run } = scene;
  if (body === null || !operation.body_required || !isJson(body.media_type) || !isRecord(base.body)) return;
  const text = JSON.stringify(base.body);
  const others = operation.bodies.some(({ media_type }) => /xml|\*/.test(media_type));
  const needsProperties = isForbidden(scene, "body", "", {});
  const raws: { subject: string; what: string; raw: NonNullable<Case["raw"]> }[] = [
    {
      subject: "body syntax",
      what: "JSON that breaks off",
      raw: { content_type: body.media_type, body: text.slice(0, -1) },
    },
    { subject: "body syntax", what: "text that is no JSON", raw: { content_type: body.media_type, body: "not json" } },
  ];
  if (needsProperties && !others)
    raws.push({
      subject: "body media type",
      what: "a body of a media type that the contract does not list",
      raw: { content_type: "application/xml", body: "<value>1</value>" },
    });
  for (const { subject, what, raw } of raws) {
    if (run.signal.aborted) return;
    await exchange(
      run,
      caseOf(operation, { phase: "coverage", kind: "invalid", values: base, body, subject, what, raw }),
    );
  }
  const nested = `${"[".repeat(2000)}${"]".repeat(2000)}`;
  await exchange(
    run,
    caseOf(operation, {
      phase: "coverage",
      kind: "probe",
      values: base,
      body,
      subject: "body depth",
      what: "JSON nested 2000 levels deep",
      raw: { content_type: body.media_type, body: nested },
    }),
  );
}
