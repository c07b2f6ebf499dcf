import { detached } from "../../lib/detached.ts";

/** Types that only wrap the one that matters. */
const WRAPPERS =
  /^(?:[\w.]+\.)?(Promise|PromiseLike|Awaited|Readonly|Partial|Required|NonNullable|Optional|Annotated|Awaitable|Coroutine|Type|type|ClassVar|Final|AsyncGenerator|Generator|AsyncIterator|Iterator|ContextManager|AsyncContextManager|Mono|Future|CompletableFuture|CompletionStage|ResponseEntity|Supplier|Provider|Lazy|ObjectProvider|Ref|InstanceType)\s*[<[]/;
const NOTHING =
  /^(void|None|null|undefined|any|unknown|never|string|number|boolean|bigint|symbol|object|str|int|float|bool|bytes|dict|list|set|tuple|error|byte|rune|u?int\d*|float\d+|String|Integer|Long|Double|Float|Boolean|Object|char|long|short|double|this|T|K|V|E|self|Any|Self|var|func|map|chan|struct|interface)$/;

const MOST_KNOWN = 20_000;
const WORTH_KNOWING = 60;
const known = new Map<string, string>();

/** A written type as a path: ":Order", ":models.Order", "[]:Order" for a list of them; "" when it says nothing of a class of the project. */
export function typePath(written: string): string {
  if (written.length > WORTH_KNOWING) return pathOfType(written);
  const before = known.get(written);
  if (before !== undefined) return before;
  const path = detached(pathOfType(written));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(detached(written), path);
  return path;
}

function pathOfType(written: string): string {
  let text = written.trim().replace(/^:\s*/, "").slice(0, 300);
  for (let level = 0; level < 6; level += 1) {
    const before = text;
    text = text
      .trim()
      .replace(/^["']|["']$/g, "")
      .replace(/^(readonly|final|keyof|typeof|const)\s+/, "")
      .replace(/^[*&]+/, "")
      .replace(/^\.\.\./, "");
    if (/^\(.*\)$/s.test(text)) text = splitTop(text.slice(1, -1))[0] ?? "";
    if (WRAPPERS.test(text)) text = splitTop(text.replace(WRAPPERS, "").replace(/[>\]]\s*$/, ""))[0] ?? "";
    const choices = text.split("|").map((one) => one.trim());
    if (choices.length > 1 && !/[<[(]/.test(text))
      text = choices.find((one) => !/^(null|undefined|None)$/.test(one)) ?? "";
    else if (/\|\s*(null|undefined|None)\s*$/.test(text)) text = text.replace(/\|\s*(null|undefined|None)\s*$/, "");
    if (text === before) break;
  }
  // A list of them is none of them, but its elements are.
  const element = elementOf(text);
  if (element !== undefined) {
    const inner = typePath(element);
    return inner.startsWith(":") ? `[]${inner}` : "";
  }
  const name = text.replace(/\s*[<[].*$/s, "").trim();
  return /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(name) && !NOTHING.test(name) && !isCollection(name)
    ? `:${name}`
    : "";
}

/** The type of the elements of a list or set; undefined for what is none. */
function elementOf(text: string): string | undefined {
  const [, go] = /^\[\d*\](.+)$/s.exec(text) ?? [];
  if (go !== undefined) return go;
  const [, script] = /^(.+?)\[\]$/s.exec(text) ?? [];
  if (script !== undefined) return script.replace(/^\((.*)\)$/s, "$1");
  const [, named] =
    /^(?:[\w.]+\.)?(?:[Ll]ist|[Ss]et|[Ss]equence|Iterable|Iterator|Collection|Array|ReadonlyArray|ReadonlySet|frozenset|FrozenSet|[Dd]eque|Queue|Stream|Flux|ArrayList|LinkedList|HashSet)\s*[<[](.+)[>\]]$/s.exec(
      text,
    ) ?? [];
  return named === undefined ? undefined : splitTop(named)[0];
}

function isCollection(name: string): boolean {
  return /^(List|Dict|Set|Tuple|Sequence|Iterable|Mapping|Array|ReadonlyArray|Map|Record|Union|Callable|Collection|Queue|Deque|Stream|Flux|Literal|typing\.\w+)$/.test(
    name,
  );
}

/** Parts at the commas outside all brackets. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "<" || letter === "[" || letter === "(" || letter === "{") depth += 1;
    else if (letter === "]" || letter === ")" || letter === "}" || (letter === ">" && text[at - 1] !== "=")) depth -= 1;
    else if (letter === "," && depth === 0) {
      parts.push(text.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  parts.push(text.slice(begin).trim());
  return parts.filter((part) => part !== "");
}

/** What a loop over something gives. */
export function elementPath(path: string): string {
  return path === "" || path === "?" || path.startsWith("''") || path.length > 110 ? "?" : `${path}[]`;
}

const MAX_EXPRESSION = 400;

/** An expression as a path: `new Repo(db)` is ":Repo", `(await make(x)).repo` is "make().repo"; "?" for any other. */
export function expressionPath(written: string): string {
  let text = written.slice(0, MAX_EXPRESSION).trim();
  for (let level = 0; level < 4; level += 1) {
    const before = text;
    text = text.replace(/^await\s+/, "").trim();
    const [, cast] = /\sas\s+([\w$.<>|\s[\]]+)$/.exec(text) ?? [];
    if (cast !== undefined && cast.trim() !== "const") return typePath(cast) || "?";
    if (text.startsWith("(") && endOfBracket(text, 0) === text.length - 1) text = text.slice(1, -1);
    if (text === before) break;
  }
  const [, made] = /^new\s+([\w$.]+)/.exec(text) ?? [];
  if (made !== undefined) return path(`:${made}`, text.slice(text.indexOf(made) + made.length), true);
  const [, literal] = /^&?([A-Za-z_][\w.]*)\{/.exec(text) ?? [];
  if (literal !== undefined) return `:${literal}`;
  const [name] = /^[A-Za-z_$][\w$]*/.exec(text) ?? [];
  return name === undefined ? (/^["'`\d[{]/.test(text) ? "''" : "?") : path(name, text.slice(name.length), false);
}

/** The rest of a path behind its first name. A constructor's own arguments say nothing more. */
function path(begin: string, rest: string, isNew: boolean): string {
  let result = begin;
  let at = 0;
  let made = isNew;
  while (at < rest.length) {
    const letter = rest[at];
    if (/\s/.test(letter ?? "")) {
      at += 1;
      continue;
    }
    if (letter === "(" || letter === "[") {
      const end = endOfBracket(rest, at);
      if (end === -1) return made ? result : cut(result, letter);
      if (!made) result += letter === "(" ? "()" : "[]";
      made = false;
      at = end + 1;
      continue;
    }
    if (letter === "<") {
      const generic = /^<[\w\s,.[\]<>|&?]{0,120}>(?=\()/.exec(rest.slice(at));
      if (!generic) return "?";
      at += generic[0].length;
      continue;
    }
    const member = /^[?!]*\.\s*([A-Za-z_$][\w$]*)/.exec(rest.slice(at));
    if (!member) return /^[!;,]/.test(letter ?? "") ? result : "?";
    result += `.${member[1]}`;
    at += member[0].length;
  }
  return result.length > 120 ? "?" : result;
}

/** A call whose arguments go on beyond what is looked at. */
function cut(result: string, letter: string): string {
  return letter === "(" ? `${result}()` : "?";
}

function endOfBracket(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (quote !== "") {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'" || letter === "`") quote = letter;
    else if (/[([{]/.test(letter)) depth += 1;
    else if (/[)\]}]/.test(letter)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}
