import { hashOf } from "../../lib/ids.ts";
import { bundleSchema, pointerPart } from "../../lib/json-schema-bundle.ts";
import { schemaAt } from "../breaking/comparison.ts";
import { child, entriesAt } from "../breaking/source.ts";
import type { Api } from "../exchange/operations.ts";

/** What answers must be like, for runners: per operation and status the media types with the name of their schema. */
export interface Answers {
  operations: Record<string, Record<string, Record<string, string | null>>>;
  /** Self-contained schemas (2020-12) by name. */
  schemas: Record<string, unknown>;
}

/** The documented answers of operations, each schema once. */
export function answersOf({ source, operations }: Api, names: ReadonlySet<string>): Answers {
  const answers: Answers = { operations: {}, schemas: {} };
  const known = new Map<unknown, string | null>();
  const nameOf = (schema: unknown): string | null => {
    const before = known.get(schema);
    if (before !== undefined) return before;
    const bundled = bundleSchema(schema, source.document, "response");
    const name = bundled.problem === undefined ? `s${hashOf(bundled.schema).slice(0, 12)}` : null;
    if (name !== null && bundled.problem === undefined) answers.schemas[name] = bundled.schema;
    known.set(schema, name);
    return name;
  };
  for (const { name, operation } of operations) {
    if (!names.has(name)) continue;
    const responses = child(source, operation, "responses");
    const statuses = Object.entries(responses.node).filter(([status]) => !status.startsWith("x-"));
    answers.operations[name] = Object.fromEntries(
      statuses.map(([status, raw]) => {
        const response = source.resolve(raw, responses.at + pointerPart(status));
        const content = entriesAt(response.node, "content").map(([type, media]) => {
          const [schema] = schemaAt(source.resolve(media, ""));
          return [type.toLowerCase(), schema === undefined ? null : nameOf(schema.node)];
        });
        return [status.toUpperCase(), Object.fromEntries(content)];
      }),
    );
  }
  return answers;
}
