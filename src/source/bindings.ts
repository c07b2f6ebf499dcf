import { type Entry, lookup, namesOf } from "./assigned.ts";
import { argumentsOf } from "./ast.ts";
import type { Language } from "./languages.ts";
import { memberOf, plainKey, unwrapped } from "./members.ts";
import { scopeOf } from "./scopes.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** How far names are followed: so deep, and in so many steps altogether, whatever a file makes of its names. */
interface Reach {
  depth: number;
  steps: { left: number };
}

const DEPTH = 6;

const STEPS = 400;

function reach(): Reach {
  return { depth: DEPTH, steps: { left: STEPS } };
}

function nearer({ depth, steps }: Reach): Reach {
  steps.left -= 1;
  return { depth: depth - 1, steps };
}

function isOver({ depth, steps }: Reach): boolean {
  return depth <= 0 || steps.left <= 0;
}

/**
 * What an expression may be, by what the same file assigns to its names: constants, object properties, fields. The
 * node itself when nothing is known of it.
 */
export function valuesOf(tree: SyntaxTree, language: Language | null, node: SyntaxNode, limit = reach()): SyntaxNode[] {
  const plain = unwrapped(node);
  if (isOver(limit) || !language) return [plain];
  const found = sourcesOf(tree, language, plain, limit);
  return found.length === 0 ? [plain] : found.flatMap((value) => valuesOf(tree, language, value, nearer(limit)));
}

function sourcesOf(tree: SyntaxTree, language: Language, node: SyntaxNode, limit: Reach): SyntaxNode[] {
  if (node.type === "identifier" || node.type === "shorthand_property_identifier")
    return lookup(tree, language, node.text, node).flatMap(({ value, property }) => {
      if (!value) return [];
      if (property === undefined) return [value];
      return entriesOf(tree, language, value, nearer(limit)).flatMap((entry) =>
        entry.key === property ? [entry.value] : [],
      );
    });
  const member = memberOf(node);
  if (!member) return [];
  // this.secret, self.secret, Settings.SECRET: a field of a class of this file.
  if (/^(this|self|cls|[A-Z]\w*)$/.test(member.object.text)) {
    const { bindings } = namesOf(tree, language);
    const field = [...(bindings.get(member.key) ?? []), ...(bindings.get(node.text) ?? [])];
    const values = field.flatMap(({ value, property }) => (value && property === undefined ? [value] : []));
    if (values.length > 0 && member.object.text !== member.key) return values.filter((value) => value.id !== node.id);
  }
  return entriesOf(tree, language, member.object, nearer(limit)).flatMap(({ key, value }) =>
    key === member.key ? [value] : [],
  );
}

/** What a destructured name was taken from: the value and the property; undefined for every other name. */
export function takenFrom(
  tree: SyntaxTree,
  language: Language | null,
  node: SyntaxNode,
): { value: SyntaxNode; property: string } | undefined {
  if (!language || !/identifier$/.test(node.type)) return undefined;
  for (const { value, property } of lookup(tree, language, node.text, node))
    if (value && property !== undefined) return { value, property };
  return undefined;
}

/** The settings an expression holds: of an object or dict literal, dict(…), spreads, and what was set on it later. */
export function entriesOf(
  tree: SyntaxTree,
  language: Language | null,
  node: SyntaxNode | null | undefined,
  limit = reach(),
): Entry[] {
  if (!node || !language || isOver(limit)) return [];
  const plain = unwrapped(node);
  const later = /identifier$/.test(plain.type)
    ? (namesOf(tree, language).changes.get(plain.text) ?? [])
        .filter(({ scope }) => scope === scopeOf(plain))
        .map(({ entry }) => entry)
    : [];
  const literals = /^(object|dictionary|call|composite_literal|argument_list|arguments|list)$/.test(plain.type)
    ? [plain]
    : sourcesOf(tree, language, plain, nearer(limit)).map(unwrapped);
  return [...literals.flatMap((value) => literalEntries(tree, language, value, nearer(limit))), ...later];
}

function literalEntries(tree: SyntaxTree, language: Language, node: SyntaxNode, limit: Reach): Entry[] {
  if (node.type === "call") {
    // dict(verify_exp=False)
    if (!/^(dict|Dict|OrderedDict)$/.test(node.childForFieldName("function")?.text ?? "")) return [];
    return literalEntries(tree, language, node.childForFieldName("arguments") ?? node, limit);
  }
  if (/identifier$|^member_expression$|^attribute$/.test(node.type)) return entriesOf(tree, language, node, limit);
  const body = node.type === "composite_literal" ? node.childForFieldName("body") : node;
  return argumentsOf(body).flatMap((child): Entry[] => {
    switch (child.type) {
      case "pair":
      case "keyed_element":
      case "keyword_argument": {
        const key = child.childForFieldName(child.type === "keyword_argument" ? "name" : "key") ?? child.namedChild(0);
        const value = child.childForFieldName("value") ?? child.namedChild(1);
        return key && value ? [{ key: plainKey(key.text), value: unwrapped(value), node: child }] : [];
      }
      case "tuple": {
        const [key, value] = argumentsOf(child);
        return key && value ? [{ key: plainKey(key.text), value, node: child }] : [];
      }
      case "shorthand_property_identifier":
        return [{ key: child.text, value: child, node: child }];
      case "spread_element":
      case "dictionary_splat":
        return entriesOf(tree, language, child.namedChild(0), nearer(limit));
      default:
        return [];
    }
  });
}

/** The items of a list, tuple, set or array, through names and spreads; of any other value the value itself. */
export function itemsOf(tree: SyntaxTree, language: Language | null, node: SyntaxNode, limit = reach()): SyntaxNode[] {
  return valuesOf(tree, language, node).flatMap((value) => {
    if (isOver(limit)) return [];
    if (/^(list|tuple|set|array)$/.test(value.type))
      return argumentsOf(value).flatMap((item) =>
        /^(spread_element|list_splat)$/.test(item.type)
          ? itemsOf(tree, language, item.namedChild(0) ?? item, nearer(limit))
          : valuesOf(tree, language, item),
      );
    if (value.type === "composite_literal")
      return argumentsOf(value.childForFieldName("body")).flatMap((item) =>
        valuesOf(tree, language, item.type === "literal_element" ? (item.namedChild(0) ?? item) : item),
      );
    return [value];
  });
}
