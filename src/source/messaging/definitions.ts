import { stringValue } from "../ast.ts";
import type { Language } from "../languages.ts";
import { namesOf, type Source } from "./names.ts";
import type { Value } from "./value.ts";

const TABLES = "(pair key: (_) @name value: (_) @value)";
/** Only then is it worth looking at every object of a file. */
const HAS_TABLES =
  /([Tt]opic|[Ee]vent|[Qq]ueue|[Cc]hannel|[Ss]ubject|TOPIC|EVENT|QUEUE)\w{0,20}["']?\s{0,4}[:=]|\b[A-Z][A-Z0-9_]{2,60}["']?\s{0,4}:/;
const SCRIPT = `[
  (program (lexical_declaration (variable_declarator name: (identifier) @name value: (_) @value)))
  (program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name value: (_) @value))))
]`;
const QUERIES: Readonly<Record<Language, readonly string[]>> = {
  python: ["(assignment left: (identifier) @name right: (_) @value)"],
  typescript: [
    SCRIPT,
    "(enum_assignment name: (_) @name value: (_) @value)",
    "(public_field_definition name: (_) @name value: (_) @value)",
  ],
  javascript: [SCRIPT, "(field_definition property: (_) @name value: (_) @value)"],
  go: [
    "[(const_spec name: (_) @name value: (expression_list (_) @value)) (var_spec name: (_) @name value: (expression_list (_) @value))]",
  ],
  java: ["(field_declaration (variable_declarator name: (_) @name value: (_) @value))"],
};

/** How names of channels are written. */
export const NAME = /^[\w$][\w$.:/#*>@-]{0,120}$/;
const MOST = 500;

/** Constants of a file that hold what may be the name of a channel, by their plain name. */
export function definitionsOf(source: Source, text: string): Map<string, Value> {
  const found = new Map<string, Value>();
  const isScript = source.language === "typescript" || source.language === "javascript";
  const queries = QUERIES[source.language];
  for (const query of isScript && HAS_TABLES.test(text) ? [...queries, TABLES] : queries)
    for (const { name, value } of source.tree.matches(query)) {
      if (!name || !value || found.size >= MOST || !/^[A-Za-z_"'$]/.test(name.text)) continue;
      if (!mayBeName(stringValue(value), value.type)) continue;
      const [one] = namesOf(source, value);
      const key = name.text.slice(0, 100).replace(/^["']|["']$/g, "");
      if (one?.some((part) => typeof part === "string" && part !== "")) found.set(key, one);
    }
  return found;
}

function mayBeName(text: string | undefined, type: string): boolean {
  if (text !== undefined) return NAME.test(text) || /^(https:\/\/sqs\.|arn:aws:)/.test(text);
  return /^(template_string|string|binary_expression|binary_operator|boolean_operator|call|call_expression)$/.test(
    type,
  );
}
