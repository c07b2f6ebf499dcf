import fc from "fast-check";
import { isRecord } from "../../document.ts";
import { isJson } from "../../operation.ts";
import { slotsOf } from "../../session/slots.ts";
import { type Found, statusOf } from "../check/found.ts";
import { arbitraryOf } from "../generate/arbitrary.ts";
import { type Case, PLACES, type Values } from "../generate/case.ts";
import { changed, deviationsOf } from "../generate/deviations.ts";
import { exchange } from "../run.ts";
import { bound, caseOf, emptyValues, isAllowed } from "../scene.ts";
import { isCertain, nextValues, type OperationState, seedOf, sendValid, usesUp } from "../state.ts";
import { canBeWritten, kindOf, subjectOf } from "./coverage.ts";

type Sent = Awaited<ReturnType<typeof exchange>>;

/** Requests that one finding may be shrunk with. */
const SHRINK_LIMIT = 60;

/** Arbitrary values of everything a request of the operation carries; paths come from what exists. */
function valuesArbitrary({ operation, scene: { body, run } }: OperationState): fc.Arbitrary<Values> {
  const root = run.spec.request;
  const places = PLACES.filter((place) => place !== "path").map((place) => {
    const own = operation.parameters.filter((one) => one.in === place);
    const model = Object.fromEntries(
      own.map(({ name, schema }) => [name, arbitraryOf(schema, root, place === "query" ? "text" : "header")]),
    );
    const requiredKeys = own.filter(({ required }) => required).map(({ name }) => name);
    return [place, fc.record(model, { requiredKeys, noNullPrototype: true })] as const;
  });
  const carrier = body !== null && isJson(body.media_type) ? "json" : "text";
  const content = body === null ? fc.constant(undefined) : arbitraryOf(body.schema, root, carrier);
  return fc.record({ ...Object.fromEntries(places), body: content }).map((made) => {
    const values: Values = { ...emptyValues(), ...made };
    if (values.body === undefined) delete values.body;
    return values;
  });
}

/** Run a property until its examples are used up, shrinking each new finding to the simplest request that shows it. */
async function explore<Value>(
  state: OperationState,
  arbitrary: fc.Arbitrary<Value>,
  label: string,
  send: (value: Value) => Promise<Sent>,
): Promise<void> {
  const { run } = state.scene;
  let left = run.options.max_examples;
  let seed = seedOf(run, `${label} ${state.operation.name} ${state.scene.body?.media_type ?? ""}`);
  while (left > 0 && !run.signal.aborted) {
    let target: Found | null = null;
    let shrinks = 0;
    const before = new Set(run.findings.all().map(({ id }) => id));
    const property = fc.asyncProperty(arbitrary, async (value) => {
      if (run.signal.aborted || shrinks > SHRINK_LIMIT) return true;
      if (target !== null) shrinks += 1;
      const sent = await send(value);
      const found = sent?.found ?? [];
      const wanted: Found | null = target;
      if (wanted !== null) {
        const same = found.find((one) => one.code === wanted.code && one.cause === wanted.cause);
        if (same && sent) run.findings.simplify(same, [sent.exchange]);
        return same === undefined;
      }
      const added = run.findings.all().filter(({ id }) => !before.has(id));
      target =
        found.find((one) => added.some(({ code, message }) => code === one.code && message === one.message)) ?? null;
      return target === null;
    });
    const outcome = await fc.check(property, { numRuns: left, seed, endOnFailure: false });
    left -= Math.max(1, outcome.numRuns);
    seed += 1;
    if (!outcome.failed) return;
  }
}

/** Random values that the contract allows. */
export async function tryPositive(state: OperationState): Promise<void> {
  const { operation, scene } = state;
  const { body } = scene;
  if (operation.parameters.every(({ in: place }) => place === "path") && body === null) return tryPlain(state);
  let attributed = false;
  await explore(state, valuesArbitrary(state), "positive", async (generated) => {
    const arranged = usesUp(operation) ? await nextValues(state) : state.base;
    const values = bound(scene, generated, arranged);
    if (!isAllowed(scene, values)) return null;
    const done = await sendTold(
      state,
      caseOf(operation, { phase: "positive", kind: "plausible", values, body, what: "random values" }),
    );
    const refused = done !== null && [400, 422].includes(statusOf(done.exchange));
    if (refused && !attributed && isCertain(state)) {
      attributed = true;
      await attribute(state, values);
    }
    return done;
  });
}

/** With nothing to vary, a few requests show what one does. */
async function tryPlain(state: OperationState): Promise<void> {
  for (let count = 0; count < Math.min(3, state.scene.run.options.max_examples); count += 1) {
    const values = await nextValues(state);
    if (state.scene.run.signal.aborted) return;
    await sendValid(state, caseOf(state.operation, { phase: "positive", kind: "plausible", values, body: null }));
  }
}

async function sendTold(state: OperationState, given: Case): Promise<Sent> {
  const done = await exchange(state.scene.run, given);
  if (done === null) return null;
  const status = statusOf(done.exchange);
  if (status >= 200 && status < 300) {
    state.successes += 1;
    state.accepted = true;
  } else if (status === 400 || status === 422) {
    state.refusals += 1;
    state.refused = done.exchange;
  }
  return done;
}

/** Which single value a refusal was about: each property of the refused body in an accepted one. */
async function attribute(state: OperationState, refused: Values): Promise<void> {
  const { scene, operation } = state;
  const { run, body } = scene;
  if (body === null || !isRecord(refused.body)) return;
  const references = new Set(
    slotsOf(body.schema, run.spec.request, refused.body)
      .filter(({ reference, credential }) => (reference ?? credential) !== null)
      .map(({ path }) => String(path[0])),
  );
  for (const [name, value] of Object.entries(refused.body).slice(0, 15)) {
    // Dates and lists mean something beside each other; a rule between two fields is no fault of one.
    if (
      references.has(name) ||
      /date|time|_at$|until|from|to$|start|end/i.test(name) ||
      (typeof value === "object" && value !== null)
    )
      continue;
    const values = changed(await nextValues(state), ["body", name], value) as Values;
    if (!isAllowed(scene, values)) continue;
    const what = `${name} ${JSON.stringify(value)}`;
    await exchange(
      run,
      caseOf(operation, { phase: "positive", kind: "valid", values, body, what, subject: `body/${name} value` }),
    );
  }
}

/** Random values with one thing wrong. */
export async function tryNegative(state: OperationState): Promise<void> {
  const { operation, scene } = state;
  const { run, body } = scene;
  const root = run.spec.request;
  const arbitrary = fc.record({ generated: valuesArbitrary(state), pick: fc.nat({ max: 10_000 }) });
  await explore(state, arbitrary, "negative", async ({ generated, pick }) => {
    const values = bound(scene, generated, state.base);
    if (!isAllowed(scene, values)) return null;
    const wrong = [
      ...(body === null || values.body === undefined ? [] : deviationsOf(body.schema, root, values.body, ["body"])),
      ...operation.parameters
        .filter(({ in: place, name }) => place === "query" && values[place][name] !== undefined)
        .flatMap((parameter) =>
          deviationsOf(parameter.schema, root, values[parameter.in][parameter.name], [
            parameter.in,
            parameter.name,
          ]).filter((one) => canBeWritten(parameter, one)),
        ),
    ].filter(({ intent }) => intent === "invalid");
    const chosen = wrong[pick % Math.max(1, wrong.length)];
    if (chosen === undefined) return null;
    const broken = changed(values, chosen.path, chosen.value) as Values;
    if (kindOf(state, chosen, broken) !== "invalid") return null;
    return exchange(
      run,
      caseOf(operation, {
        phase: "negative",
        kind: "invalid",
        values: broken,
        body,
        what: chosen.what,
        subject: subjectOf(chosen),
      }),
    );
  });
}
