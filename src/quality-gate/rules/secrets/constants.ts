import { stringValue } from "../../../source/ast.ts";
import type { TokenMatch } from "../../tokens.ts";

const VARIABLES = "(variable_declarator name: (identifier) @name value: (_) @value)";
const ASSIGNMENTS: Record<string, string> = {
  python: "(assignment left: (identifier) @name right: (_) @value)",
  typescript: VARIABLES,
  javascript: VARIABLES,
  go: `[(const_spec name: (identifier) @name value: (expression_list (_) @value))
    (var_spec name: (identifier) @name value: (expression_list (_) @value))
    (short_var_declaration left: (expression_list (identifier) @name) right: (expression_list (_) @value))]`,
  java: VARIABLES,
};

/** The string that the file of a match gives a name; undefined when it gives it none, or more than one. */
export function constantNamed({ source, info }: TokenMatch, name: string): string | undefined {
  const query = ASSIGNMENTS[info.language ?? ""];
  if (name === "" || query === undefined) return undefined;
  const assigned = source()?.file.tree()?.matches(query) ?? [];
  const values = assigned.filter((captures) => captures.name?.text === name);
  return values.length === 1 ? stringValue(values[0]?.value) : undefined;
}
