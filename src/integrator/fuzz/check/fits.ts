import { checkOf } from "../../schema-check.ts";

/** Whether a value is what a schema describes. A schema that cannot be used describes everything. */
export function fits(schema: unknown, root: object, value: unknown): boolean {
  const [first] = checkOf(schema, root)(value);
  return first === undefined || first.expected === "a usable schema";
}
