import { isRecord } from "../document.ts";
import { ExactNumber, parseExact } from "../exact-json.ts";
import { readerOf } from "../flow/chain.ts";
import { requestFor } from "../flow/run-step.ts";
import { successPlace } from "../flow/shapes.ts";
import { comparable } from "../names.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { ownToken } from "../session/arrange.ts";
import { call, isSuccess } from "../session/session.ts";
import { damageOf } from "./damage.ts";
import { type Field, fieldsAt, keyword, valuesOf } from "./field.ts";
import { type Finding, found } from "./finding.ts";
import type { Probe, Written } from "./probe-state.ts";
import type { Edit } from "./variants.ts";

/** Compare what was written with the answer, and with what the service's own `get` shows. */
export async function readHere(probe: Probe, written: Written): Promise<Finding[]> {
  const { operation } = probe;
  const echoed = compare(probe, written, operation, parseExact(written.outcome.answer.body));
  const shown = await readAgain(probe, written);
  if (shown === undefined) return echoed;
  const again = compare(probe, written, shown.reader, shown.json);
  const known = new Set(echoed.flatMap(({ keys }) => keys));
  return [...echoed, ...again.filter(({ keys }) => keys.every((key) => !known.has(key)))];
}

/** What the service shows of it now; undefined when it has no operation for that or it fails. */
export async function readAgain(
  { run, operation, target }: Probe,
  { step }: Written,
): Promise<{ reader: Operation; json: unknown } | undefined> {
  const reader = readerOf(run.system, operation);
  const planned = run.flow.steps.find(
    (one) => one.service === operation.service && one.operation === reader?.id && one.id !== target.id,
  );
  if (reader === undefined || planned === undefined || !run.values.has(step.id)) return undefined;
  const token = reader.secured ? await ownToken(run.session, reader) : null;
  const outcome = await call(run.session, reader, await requestFor(run, planned, reader, token, false));
  return isSuccess(outcome) ? { reader, json: parseExact(outcome.answer.body) } : undefined;
}

function compare(probe: Probe, { variant, sent, request }: Written, read: Operation, json: unknown): Finding[] {
  const { operation } = probe;
  const fields = new Map(fieldsAt(successPlace(read), read.document).map((field) => [field.key, field]));
  const edits: Edit[] = variant.edits.length > 0 ? variant.edits : leavesOf(sent, []);
  return edits.flatMap((edit) => {
    const key = keyOf(edit.path);
    const field = fields.get(key);
    const place = { isShown: field !== undefined, values: field && valuesOf(field) };
    const value = along(subjectIn(json), edit.path);
    // What is left out may be filled in with what the contract names.
    const isFilled = edit.value === undefined && field !== undefined && keyword(field, "default") !== undefined;
    const damage = field === undefined || isFilled ? null : damageOf(edit.value, value, place);
    if (damage === null || isHidden(field)) return [];
    const where = read === operation ? "its answer" : endpointOf(read);
    const message = `${edit.path.join(".")} of ${endpointOf(operation)} in ${where}: ${damage.message}.`;
    const clause = field?.pointer ?? operation.pointer;
    const problem = { code: damage.code, message, expected: "the value that was sent", actual: damage.message, clause };
    return [found({ ...problem, service: operation.service }, operation, request, [key])];
  });
}

function isHidden(field: Field | undefined): boolean {
  return field?.schemas.some(({ writeOnly }) => writeOnly === true) ?? false;
}

/** Every value of a body with its place. */
function leavesOf(value: unknown, path: (string | number)[]): Edit[] {
  if (value instanceof ExactNumber) return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (isRecord(value)) return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
  return path.length === 0 ? [] : [{ path, value }];
}

export function keyOf(path: readonly (string | number)[]): string {
  return path
    .filter((part) => typeof part === "string")
    .map(comparable)
    .join(".");
}

/** The object an answer is about: itself, or the one in an envelope. */
export function subjectIn(json: unknown): unknown {
  if (!isRecord(json) || json.id !== undefined) return json;
  const inner = ["data", "item", "result"]
    .map((key) => json[key])
    .find((one) => isRecord(one) && !(one instanceof ExactNumber));
  return inner ?? json;
}

/** The value along a path, names compared without case and separators. */
export function along(value: unknown, path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const part of path) {
    if (typeof part === "number") inner = Array.isArray(inner) ? inner[part] : undefined;
    else if (isRecord(inner)) {
      const name = Object.keys(inner).find((one) => comparable(one) === comparable(part));
      inner = name === undefined ? undefined : inner[name];
    } else return undefined;
  }
  return inner;
}
