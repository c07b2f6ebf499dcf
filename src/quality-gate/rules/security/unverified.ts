import { memberOf } from "../../../source/members.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Claims that choose a key or tell a lifetime: reading them of an unverified token trusts nobody. */
const ROUTING =
  /^(iss|kid|tid|azp|aud|alg|typ|x5t|exp|iat|nbf|jti|client_id|header|getKeyId|getIssuer|getAlgorithm|getHeader|getHeaderClaim|getExpiresAt|getExpiresAtAsInstant|getIssuedAt|getType)$/;
const IDENTITY =
  /(^|[._])(user|userId|user_id|auth|currentUser|current_user|principal|claims|identity|account|session|jwtPayload|tokenPayload)$/i;
const REQUEST = /^(req|request|ctx|context|c|res|socket|this|client|event|session)\b/;

/** The name a call's result is given; undefined when it is used on the spot. */
export function nameOfResult(call: SyntaxNode): SyntaxNode | undefined {
  const declared = holder(call);
  return declared?.childForFieldName("name") ?? declared?.childForFieldName("left") ?? undefined;
}

function holder(call: SyntaxNode): SyntaxNode | undefined {
  for (let outer = call.parent, level = 0; outer && level < 5; outer = outer.parent, level += 1) {
    if (
      /^(variable_declarator|assignment|assignment_expression|short_var_declaration|assignment_statement)$/.test(
        outer.type,
      )
    )
      return outer;
    if (
      !/^(as_expression|await_expression|await|parenthesized_expression|non_null_expression|expression_list|cast_expression|satisfies_expression)$/.test(
        outer.type,
      )
    )
      return undefined;
  }
  return undefined;
}

/** Whether only claims that trust nobody are read of a call's result: `decode(…)["iss"]`, or all uses of its name. */
export function readsRoutingOnly(call: SyntaxNode): boolean {
  const direct = readOf(call);
  if (direct !== undefined) return ROUTING.test(direct);
  const name = nameOfResult(call);
  if (!name) return false;
  const taken = takenOf(name);
  return taken.length > 0 && taken.every((claim) => ROUTING.test(claim));
}

function takenOf(name: SyntaxNode): string[] {
  return /_pattern$/.test(name.type)
    ? name.namedChildren.map((child) => (child?.childForFieldName("key") ?? child)?.text ?? "")
    : usesOf(name);
}

/** Claims that say who somebody is, or what they may. */
const PERSON =
  /^(sub|email|role|roles|scope|scopes|permissions|groups|user|userId|user_id|uid|username|user_name|preferred_username|isAdmin|is_admin|getSubject|getClaim|getClaims)$/;

/** Whether a claim is read of a call's result that says who somebody is: `decode(…).sub`. */
export function readsPerson(call: SyntaxNode): boolean {
  const direct = readOf(call);
  if (direct !== undefined) return PERSON.test(direct);
  const name = nameOfResult(call);
  if (!name) return false;
  const taken = takenOf(name);
  return taken.some((claim) => PERSON.test(claim));
}

/** What is read of every use of a name in its function; "" for a use of the whole. */
function usesOf(name: SyntaxNode): string[] {
  const around = functionAround(name) ?? name.tree.rootNode;
  return (identifiersOf(name).get(name.text) ?? [])
    .filter((node) => node.id !== name.id && node.startIndex >= around.startIndex && node.endIndex <= around.endIndex)
    .slice(0, 200)
    .filter((node) => !/^(if_statement|unary_expression|not_operator)$/.test(node.parent?.type ?? ""))
    .map((node) => readOf(node) ?? "");
}

const identifiers = new WeakMap<object, ReadonlyMap<string, SyntaxNode[]>>();

function identifiersOf({ tree }: SyntaxNode): ReadonlyMap<string, SyntaxNode[]> {
  const before = identifiers.get(tree);
  if (before) return before;
  const byName = new Map<string, SyntaxNode[]>();
  for (const node of tree.rootNode.descendantsOfType("identifier")) {
    const same = node && byName.get(node.text);
    if (same) same.push(node);
    else if (node) byName.set(node.text, [node]);
  }
  identifiers.set(tree, byName);
  return byName;
}

/** `x["iss"]`, `x.iss`, `x?.iss`, `x.get("iss")`, `x.getIssuer()`: iss. Undefined when it is used whole. */
function readOf(node: SyntaxNode): string | undefined {
  let outer = node.parent;
  while (outer && /^(parenthesized_expression|non_null_expression|await_expression|as_expression)$/.test(outer.type))
    outer = outer.parent;
  if (!outer) return undefined;
  if (outer.type === "method_invocation")
    return outer.childForFieldName("object")?.id === node.id ? outer.childForFieldName("name")?.text : undefined;
  const member = memberOf(outer);
  if (!member || member.object.text !== node.text) return undefined;
  if (member.key !== "get") return member.key;
  const argument = outer.parent?.childForFieldName("arguments")?.namedChild(0)?.text;
  return argument?.replace(/^["']|["']$/g, "");
}

/** Whether a call's result becomes who the caller is: `req.user = …`, `c.set("user", …)`, returned by an auth function. */
export function becomesCaller(tree: SyntaxTree, file: SourceFile, call: SyntaxNode): boolean {
  const around = functionAround(call);
  const names = resultNames(call);
  const carries = (node: SyntaxNode | null | undefined) =>
    node !== null &&
    node !== undefined &&
    ((node.startIndex <= call.startIndex && node.endIndex >= call.endIndex) ||
      node
        .descendantsOfType(["identifier", "shorthand_property_identifier"])
        .some((one) => names.has(one?.text ?? "")) ||
      names.has(node.text.slice(0, 100)));
  const within = around ?? tree.root;
  const inside = (node: SyntaxNode) => node.startIndex >= within.startIndex && node.endIndex <= within.endIndex;
  if (file.language === "python") return true;
  for (const { hit, left, right } of tree.matches("(assignment_expression left: (_) @left right: (_) @right) @hit"))
    if (hit && left && inside(hit) && IDENTITY.test(left.text.slice(-60)) && REQUEST.test(left.text) && carries(right))
      return true;
  for (const { hit, fn, args } of tree.matches("(call_expression function: (_) @fn arguments: (arguments) @args) @hit"))
    if (
      hit &&
      inside(hit) &&
      /\.set$/.test(fn?.text.slice(-20) ?? "") &&
      IDENTITY.test(args?.namedChild(0)?.text.replace(/["'`]/g, "") ?? "") &&
      carries(args?.namedChild(1))
    )
      return true;
  return false;
}

function resultNames(call: SyntaxNode): Set<string> {
  const name = nameOfResult(call);
  if (!name) return new Set();
  if (!/_pattern$/.test(name.type)) return new Set([name.text]);
  return new Set(name.namedChildren.map((child) => (child?.childForFieldName("value") ?? child)?.text ?? ""));
}

/** Whether the result is what the function around the call answers with. */
export function isReturned(call: SyntaxNode): boolean {
  const name = nameOfResult(call);
  for (let outer = call.parent, level = 0; outer && level < 6; outer = outer.parent, level += 1)
    if (outer.type === "return_statement") return true;
  const around = functionAround(call);
  if (!name || !around) return false;
  return around.descendantsOfType("return_statement").some((one) => one?.namedChild(0)?.text === name.text);
}
