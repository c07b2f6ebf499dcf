import { placeOf } from "../../../../source/ast.ts";
import type { SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { onlyCleansUp } from "./cleanup.ts";

/** Names that say that an exception is let go of on purpose. */
const ON_PURPOSE = /^(_+|ignored?\w*|expected\w*|unused)$/i;

/** Empty catches without a reason. */
export function* javaFaults(tree: SyntaxTree): Generator<Hit> {
  const query = "(catch_clause (catch_formal_parameter name: (_) @name) body: (block) @body) @hit";
  for (const { hit, name, body } of tree.matches(query))
    if (
      hit &&
      body?.childCount === 2 &&
      !ON_PURPOSE.test(name?.text ?? "") &&
      !onlyCleansUp(hit.parent?.childForFieldName("body"))
    )
      yield { ...placeOf(hit), message: "An exception is caught and nothing is done with it." };
}
