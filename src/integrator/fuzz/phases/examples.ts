import { slotsOf } from "../../session/slots.ts";
import type { Values } from "../generate/case.ts";
import { caseOf, isAllowed } from "../scene.ts";
import { isCertain, nextValues, type OperationState, sendValid } from "../state.ts";

/** The contract's own examples: what it shows must work. */
export async function tryExamples(state: OperationState): Promise<void> {
  const { operation, scene } = state;
  const { body, run } = scene;
  const names = new Set(operation.parameters.flatMap(({ examples }) => [...examples.keys()]));
  for (const name of body?.examples.keys() ?? []) names.add(name);
  for (const name of names) {
    if (run.signal.aborted) return;
    const values: Values = structuredClone(await nextValues(state));
    let refers = false;
    for (const { in: place, name: parameter, examples } of operation.parameters) {
      const example = examples.get(name);
      // An id of the contract's example exists nowhere.
      if (example !== undefined && place !== "path" && !/id$/i.test(parameter)) values[place][parameter] = example;
    }
    const example = body?.examples.get(name);
    if (example !== undefined && body) {
      values.body = example;
      refers = slotsOf(body.schema, run.spec.request, example).some(
        ({ reference, credential }) => (reference ?? credential) !== null,
      );
    }
    if (!isAllowed(scene, values)) continue;
    const kind = isCertain(state) && !refers ? "valid" : "plausible";
    await sendValid(
      state,
      caseOf(operation, {
        phase: "examples",
        kind,
        values,
        body,
        what: `the contract's ${name}`,
        subject: `${body ? "body" : "query"} ${name}`,
      }),
    );
  }
}
