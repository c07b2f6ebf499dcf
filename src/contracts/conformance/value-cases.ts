import { compileSchema } from "../../lib/json-schema.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import type { Contract, ContractTestCase } from "../../model/contract.ts";
import { eventsOf } from "../breaking/events.ts";
import { createSource, type Part } from "../breaking/source.ts";
import { variantsOf } from "./mutations.ts";

/** Cases of what is no HTTP: payloads of events, and values of a JSON Schema. A receiver accepts them or not. */
export function valueCases(
  { type, spec }: Contract,
  negative: boolean,
): { cases: ContractTestCase[]; skipped: string[] } {
  const places: { operation: string; method: string; path: string; schema: Part }[] = [];
  if (type === "json_schema")
    places.push({ operation: "VALUE", method: "VALUE", path: "", schema: { node: spec, at: "" } });
  else
    for (const { address, operations } of eventsOf(createSource(spec)).values())
      for (const { action, messages } of operations)
        for (const { payload } of messages.values())
          for (const schema of payload) {
            const method = action.toUpperCase();
            places.push({ operation: `${method} ${address}`, method, path: address, schema });
          }
  const cases: ContractTestCase[] = [];
  const skipped: string[] = [];
  for (const { operation, method, path, schema } of places) {
    const check = compileSchema(schema.node, spec);
    const sample = [0, 1, 2]
      .map((seed) => sampleOf(schema.node, spec, seed, { examples: seed === 0 }))
      .find((one) => check(one).length === 0);
    if (sample === undefined) {
      skipped.push(`${operation}: no valid value could be made from its schema`);
      continue;
    }
    const add = (kind: ContractTestCase["kind"], what: string, body: unknown) =>
      cases.push({
        id: `${operation} #${cases.length + 1}`,
        name: `${operation} ${kind}: ${what}`,
        kind,
        operation,
        request: { method, path, headers: { "content-type": "application/json" }, body },
        expect: { status: [kind === "invalid" ? "refused" : "accepted"], schema_pointer: schema.at },
      });
    add("valid", "with everything", sample);
    for (const { kind, pointer, keyword, value } of variantsOf(schema.node, spec, sample, check))
      if (negative || kind !== "invalid") add(kind, [pointer, keyword].filter(Boolean).join(" "), value);
  }
  return { cases, skipped };
}
