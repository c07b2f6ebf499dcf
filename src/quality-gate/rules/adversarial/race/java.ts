import { ancestor, placeOf } from "../../../../source/ast.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { perNode } from "./per-node.ts";

/** One object of these serves all requests. */
const SINGLETON =
  /@(RestController|Controller|Service|Component|Repository|Path|Singleton|ApplicationScoped|WebServlet|RestControllerAdvice)\b|extends\s+HttpServlet\b/;
const PER_REQUEST = /@(RequestScoped?|SessionScoped?|RequestScope|SessionScope|Scope|Entity|ConfigurationProperties)\b/;
const UNSAFE =
  /^(java\.util\.)?(HashMap|LinkedHashMap|TreeMap|ArrayList|LinkedList|HashSet|LinkedHashSet|TreeSet|ArrayDeque|PriorityQueue)$/;
const CHANGES =
  /^(put|putIfAbsent|add|addAll|addFirst|addLast|remove|removeIf|merge|compute|computeIfAbsent|computeIfPresent|clear|push|pop|poll|offer)$/;
const ONCE = /@(PostConstruct|PreDestroy|Autowired|Inject|EventListener|Value)\b/;

/** Fields of singletons that requests change without a lock. */
export function* javaRaces(tree: SyntaxTree): Generator<Hit> {
  const fields = sharedFields(tree);
  if (fields.size === 0) return;
  const query =
    "[(update_expression (_) @target) (assignment_expression left: (_) @target) (method_invocation object: (_) @target name: (_) @method)] @hit";
  for (const { hit, target, method } of tree.matches(query)) {
    const name = target?.text.replace(/^this\./, "") ?? "";
    const owner = hit && ancestor(hit, ["class_declaration"]);
    const kind = owner ? fields.get(`${owner.id}:${name}`) : undefined;
    if (
      !hit ||
      kind === undefined ||
      (method ? kind !== "collection" || !CHANGES.test(method.text) : !buildsOnItself(hit, name))
    )
      continue;
    const around = ancestor(hit, ["method_declaration"]);
    if (!around || isGuarded(hit, around) || localsOf(around).has(name)) continue;
    yield { ...placeOf(hit), message: `${name} is shared by all requests and changed without a lock.` };
  }
}

/** Fields by the id of their class and their name: numbers, and collections that are not safe. */
function sharedFields(tree: SyntaxTree): Map<string, "value" | "collection"> {
  const found = new Map<string, "value" | "collection">();
  const query =
    "(class_declaration body: (class_body (field_declaration (variable_declarator name: (_) @name) @declarator) @field)) @owner";
  for (const { name, declarator, field, owner } of tree.matches(query)) {
    const head =
      owner?.text.slice(
        0,
        owner.childForFieldName("body")?.startIndex
          ? (owner.childForFieldName("body")?.startIndex ?? 0) - owner.startIndex
          : 300,
      ) ?? "";
    if (!name || !field || !owner || !SINGLETON.test(head) || PER_REQUEST.test(head)) continue;
    const value = declarator?.childForFieldName("value");
    const created =
      value?.type === "object_creation_expression"
        ? (value.childForFieldName("type")?.text.replace(/<[\s\S]*/, "") ?? "")
        : "";
    const type = field.childForFieldName("type")?.text ?? "";
    if (UNSAFE.test(created)) found.set(`${owner.id}:${name.text}`, "collection");
    else if (/^(int|long|short|double|float|Integer|Long|Double|BigDecimal|String)$/.test(type))
      found.set(`${owner.id}:${name.text}`, "value");
  }
  return found;
}

/** `x++`, `x += 1`, `x = x + 1`. */
function buildsOnItself(hit: SyntaxNode, name: string): boolean {
  if (hit.type !== "assignment_expression") return true;
  if (hit.childForFieldName("operator")?.text !== "=") return true;
  const right = hit.childForFieldName("right");
  return (
    right !== null &&
    /^(binary_expression|method_invocation)$/.test(right.type) &&
    right.descendantsOfType("identifier").some((one) => one?.text === name)
  );
}

const LOCKS = /\.(lock|tryLock|acquire|lockInterruptibly)\(/;

const firstLock = perNode((around) => {
  const at = around.text.search(LOCKS);
  return at === -1 ? Number.POSITIVE_INFINITY : around.startIndex + at;
});

function isGuarded(hit: SyntaxNode, around: SyntaxNode): boolean {
  const body = around.childForFieldName("body");
  const head = around.text.slice(0, (body?.startIndex ?? around.startIndex) - around.startIndex);
  if (/\bsynchronized\b/.test(head) || ONCE.test(head)) return true;
  return ancestor(hit, ["synchronized_statement", "static_initializer"]) !== null || firstLock(around) < hit.startIndex;
}

const localsOf = perNode((around) => {
  const locals = around.descendantsOfType(["variable_declarator", "formal_parameter"]);
  return new Set<string>(locals.map((node) => node?.childForFieldName("name")?.text ?? ""));
});
