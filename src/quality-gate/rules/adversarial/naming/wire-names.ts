import { argumentsOf, CALLS, keywordOf, placeOf, stringValue } from "../../../../source/ast.ts";
import { entriesOf, takenFrom, valuesOf } from "../../../../source/bindings.ts";
import { memberOf, unwrapped } from "../../../../source/members.ts";
import type { SourceFile } from "../../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";

/** A field's name as it travels between services. */
export interface WireName {
  name: string;
  /** "own": what the service itself takes and gives; "read": what it takes from the answer of another one. */
  role: "own" | "read";
  line: number;
  column: number;
}

export interface WireNames {
  names: WireName[];
  /** Keys are converted somewhere: how they are spelled here says nothing. */
  converts: boolean;
}

const CONVERTS =
  /camelcase-?keys|snakecase-?keys|snakecaseKeys|\bhumps\b|\bdecamelize|\bcamelize|keysTo(Camel|Snake)|to_?camel_?case|to_?snake_?case|property-naming-strategy|PropertyNamingStrateg(y|ies)|SNAKE_CASE|CamelModel|alias_generator|djangorestframework[_-]camel/i;
const SIGNS =
  /\bBaseModel\b|`[^`\n]{0,80}json:"|JsonProperty|SerializedName|\brecord\s|(Dto|DTO|Request|Response|Payload|Event)\b|\.json\(|\bjsonify\(|req(uest)?\.body|\.data\b|\baxios\b/;
/** Somebody else's interface, who spells as they like. */
const OUTSIDE = /https:\/\/(?!localhost|127\.)[\w-]+(\.[\w-]+)*\.(com|io|net|org|dev|co|ai|cloud|app|de|uk)\b/;
const DTO = /(Dto|DTO|Request|Response|Payload|Event|View|Body|Resource)$/;
const MOST = 500;

/** The names a file puts on the wire or takes from it; undefined when there are none. */
export function wireNamesIn(file: SourceFile): WireNames | undefined {
  const converts = CONVERTS.test(file.text);
  if (file.kind !== "code")
    return converts && /application[\w-]*\.(ya?ml|properties)$/.test(file.path) ? { names: [], converts } : undefined;
  const tree = SIGNS.test(file.text) ? file.tree() : null;
  const names = tree ? [...namesIn(tree, file)].slice(0, MOST) : [];
  return names.length > 0 || converts ? { names, converts } : undefined;
}

function namesIn(tree: SyntaxTree, file: SourceFile): Iterable<WireName> {
  switch (file.language) {
    case "python":
      return pythonNames(tree, file);
    case "go":
      return goNames(tree, file);
    case "java":
      return javaNames(tree);
    default:
      return scriptNames(tree, file);
  }
}

const at = (node: SyntaxNode, name: string, role: WireName["role"]): WireName => ({ name, role, ...placeOf(node) });

function* pythonNames(tree: SyntaxTree, file: SourceFile): Generator<WireName> {
  const query =
    "(class_definition superclasses: (argument_list) @bases body: (block (expression_statement (assignment left: (identifier) @name type: (_) right: (_)? @value))))";
  for (const { bases, name, value } of tree.matches(query)) {
    if (!name || !/\bBaseModel\b/.test(bases?.text ?? "") || /^(model_config|Config)$/.test(name.text)) continue;
    const list = value?.type === "call" ? value.childForFieldName("arguments") : null;
    const alias =
      keywordOf(list, "serialization_alias") ?? keywordOf(list, "alias") ?? keywordOf(list, "validation_alias");
    yield at(name, stringValue(alias) ?? name.text, "own");
  }
  for (const { fn, args } of tree.matches("(call function: (_) @fn arguments: (argument_list) @args)"))
    if (/(^|\.)(jsonify|JSONResponse|JsonResponse|json_response)$/.test(fn?.text.slice(-40) ?? "") && args)
      yield* keysOf(tree, file, argumentsOf(args)[0]);
  if (OUTSIDE.test(file.text)) return;
  const isAnswer = (node: SyntaxNode | null | undefined) =>
    node
      ? valuesOf(tree, file.language, node).some(
          (value) =>
            value.type === "call" &&
            /\.json$/.test(value.childForFieldName("function")?.text.slice(-20) ?? "") &&
            !/\brequest\.json$/.test(value.text.slice(0, 40).replace(/\(\)$/, "")),
        )
      : false;
  for (const { object, key } of tree.matches("(subscript value: (_) @object subscript: (string) @key)"))
    if (key && isAnswer(object)) yield at(key, stringValue(key) ?? "", "read");
  for (const { object, key } of tree.matches(
    '(call function: (attribute object: (_) @object attribute: (identifier) @method) arguments: (argument_list . (string) @key) (#eq? @method "get"))',
  ))
    if (key && isAnswer(object)) yield at(key, stringValue(key) ?? "", "read");
}

/** The keys of an object that is answered with. */
function* keysOf(tree: SyntaxTree, file: SourceFile, node: SyntaxNode | undefined): Generator<WireName> {
  for (const { key, node: entry } of entriesOf(tree, file.language, node)) yield at(entry, key, "own");
}

function* scriptNames(tree: SyntaxTree, file: SourceFile): Generator<WireName> {
  const outside = OUTSIDE.test(file.text);
  if (file.language === "typescript")
    for (const { owner, name } of tree.matches(
      "[(class_declaration name: (_) @owner body: (class_body (public_field_definition name: (property_identifier) @name))) (interface_declaration name: (_) @owner body: (interface_body (property_signature name: (property_identifier) @name)))]",
    ))
      if (name && !outside && DTO.test(owner?.text ?? "") && !isPrivate(name)) yield at(name, name.text, "own");
  for (const { fn, args } of tree.matches(CALLS[file.language ?? "typescript"]))
    if (/^(res|reply|response|ctx|c)\b[\s\S]{0,40}\.(json|send)$/.test(fn?.text.slice(-60) ?? "") && args) {
      const [body] = argumentsOf(args);
      if (body?.type === "object") yield* keysOf(tree, file, body);
    }
  const roleOf = (node: SyntaxNode | null | undefined): WireName["role"] | undefined => {
    if (!node) return undefined;
    const taken = takenFrom(tree, file.language, node);
    // `const { data } = await axios.get(…)`, `const { body } = req`
    const whole = taken && /^(data|body)$/.test(taken.property) ? taken.value : undefined;
    const [value] = valuesOf(tree, file.language, node);
    const role = (whole && sourceOf(whole)) ?? (value && sourceOf(value)) ?? sourceOf(node);
    return role === "read" && outside ? undefined : role;
  };
  // A query with more to it takes longer to compile than all of a usual file's members take to look at.
  for (const { member } of tree.matches("(member_expression) @member")) {
    const object = member?.childForFieldName("object");
    if (object?.type !== "identifier") continue;
    const key = member?.childForFieldName("property");
    const role = key?.type === "property_identifier" ? roleOf(object) : undefined;
    if (key && role) yield at(key, key.text, role);
  }
  for (const { pattern, value } of tree.matches(
    "(variable_declarator name: (object_pattern) @pattern value: (_) @value)",
  )) {
    const role = roleOf(value && unwrapped(value));
    if (role)
      for (const child of pattern?.namedChildren ?? []) {
        const key =
          child?.type === "pair_pattern"
            ? child.childForFieldName("key")
            : child?.type === "shorthand_property_identifier_pattern"
              ? child
              : null;
        // `const { data } = await axios.get(…)` takes the answer, not a field.
        if (key && key.text !== "data" && key.text !== "body") yield at(key, key.text, role);
      }
  }
}

function isPrivate(name: SyntaxNode): boolean {
  return (
    name.parent?.namedChildren.some((child) => child?.type === "accessibility_modifier" && child.text !== "public") ??
    false
  );
}

/** Whether an expression is what a caller sent (`req.body`) or what another service answered. */
function sourceOf(node: SyntaxNode): WireName["role"] | undefined {
  const plain = unwrapped(node);
  const member = memberOf(plain);
  if (member && /^(req|request|ctx\.request)$/.test(member.object.text.slice(-20)) && member.key === "body")
    return "own";
  const callee = plain.type === "call_expression" ? (plain.childForFieldName("function")?.text.slice(-40) ?? "") : "";
  if (/\.json$/.test(callee) && !/^(req|request|res|c|ctx)\.?/.test(callee)) return "read";
  if (
    /^response\.json$|^resp\.json$|^res\.json$/.test(callee) &&
    argumentsOf(plain.childForFieldName("arguments")).length === 0
  )
    return "read";
  if (
    member?.key === "data" &&
    /^(response|resp|res|result)$|axios|\.get\(|\.post\(/.test(member.object.text.slice(-80))
  )
    return "read";
  if (/^axios\.|^(this\.)?(http|client|api)\w*\.(get|post|put|patch)$/.test(callee)) return "read";
  return undefined;
}

function* goNames(tree: SyntaxTree, file: SourceFile): Generator<WireName> {
  const outside = OUTSIDE.test(file.text);
  const calls = /\bhttp\.(Get|Post|NewRequest\w*)\(|\.Do\(/.test(file.text);
  for (const { tag } of tree.matches("(field_declaration tag: (_) @tag)")) {
    const [, name] = /\bjson:"([\w-]+)/.exec(tag?.text ?? "") ?? [];
    if (tag && name !== undefined && name !== "-" && !(outside && calls)) yield at(tag, name, calls ? "read" : "own");
  }
}

function* javaNames(tree: SyntaxTree): Generator<WireName> {
  const annotated = new Set<number>();
  for (const { hit, args } of tree.matches(
    '(annotation name: (_) @name arguments: (annotation_argument_list) @args (#match? @name "^(JsonProperty|SerializedName)$")) @hit',
  )) {
    const [first] = argumentsOf(args);
    const named = argumentsOf(args).find((pair) => pair.childForFieldName("key")?.text === "value");
    const name = stringValue(named?.childForFieldName("value") ?? first);
    const field = hit?.parent?.parent;
    if (field) annotated.add(field.id);
    if (hit && name !== undefined) yield at(hit, name, "own");
  }
  const query =
    "[(record_declaration name: (_) @owner parameters: (formal_parameters (formal_parameter name: (_) @name) @field)) (class_declaration name: (_) @owner body: (class_body (field_declaration declarator: (variable_declarator name: (_) @name)) @field))]";
  for (const { owner, name, field } of tree.matches(query))
    if (
      name &&
      field &&
      DTO.test(owner?.text ?? "") &&
      !annotated.has(field.id) &&
      !/\bstatic\b/.test(field.text.slice(0, 60))
    )
      yield at(name, name.text, "own");
}
