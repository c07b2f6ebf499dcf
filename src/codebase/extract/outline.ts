import type { Captures, SyntaxNode, SyntaxTree } from "../../source/syntax.ts";
import type { Bound, Declared } from "./facts.ts";

const MAX_SIGNATURE = 200;

/** A definition as a language's reader finds it. */
export interface Found {
  node: SyntaxNode;
  name: SyntaxNode;
  kind: Declared["kind"];
  exported: boolean;
  /** Where its body begins; its signature ends there. */
  body?: SyntaxNode | null;
  type?: string;
  bases?: string[];
  flags?: Declared["flags"];
  /** Set where it belongs to a class that is not around it: methods of Go. */
  container?: string;
  /** Where it begins when that is before the node: `export`, decorators. */
  from?: number;
}

const isScope = ({ kind, flags }: Declared) => kind === "function" || kind === "method" || flags.includes("object");
const isClass = ({ kind }: Declared) => kind === "class" || kind === "interface" || kind === "enum";

/** Collects what a file defines, in the order of the text, and what its local names hold. */
export interface Outline {
  readonly text: string;
  readonly declared: Declared[];
  readonly bound: Bound[];
  /** Offsets of names that are defined there, and stretches in which names are no uses. */
  readonly definedAt: Set<number>;
  readonly silent: { from: number; to: number }[];
  /** Number of the definition around an offset; -1 at the top. Offsets must not go back. */
  around(at: number): number;
  /** The innermost class around a definition, itself included. */
  classOf(scope: number): Declared | undefined;
  /** Whether an offset lies in no function. */
  isTop(at: number): boolean;
  declare(found: Found): Declared;
  /** A decorator of the definition that comes next. */
  decorate(name: string): void;
  /** A member of a class that is set somewhere in it. */
  field(owner: Declared, name: string, type: string, at: SyntaxNode): void;
  /** What a local name holds; "?" when that is not known. */
  hold(at: number, name: string, path: string): void;
  /** A path with what its first name holds put in: `repo.save` becomes ":Repo.save". */
  rooted(path: string, scope: number): string;
  /** Whether a bare name is a local one. */
  isLocal(name: string, scope: number, isCall: boolean): boolean;
  lineAt(at: number): number;
}

export function outlineOf(text: string, self: ReadonlySet<string>): Outline {
  const declared: Declared[] = [];
  const bound: Bound[] = [];
  const definedAt = new Set<number>();
  const locals = new Map<number, Map<string, string>>();
  const parents: number[] = [];
  const open: number[] = [];
  const members = new Map<string, Set<string>>();
  let decorators: string[] = [];
  let lineStarts: number[] | undefined;

  const around = (at: number): number => {
    while (open.length > 0 && (declared[open.at(-1) ?? 0]?.to ?? 0) <= at) open.pop();
    return open.at(-1) ?? -1;
  };
  const up = (scope: number): number => parents[scope] ?? -1;
  const membersOf = (path: string): Set<string> => {
    let names = members.get(path);
    if (!names) {
      names = new Set();
      members.set(path, names);
    }
    return names;
  };
  const owners = new Map<number, Declared>();
  const classOf = (scope: number): Declared | undefined => {
    const before = owners.get(scope);
    if (before) return before;
    for (let one = scope; one >= 0; one = up(one)) {
      const found = declared[one];
      if (!found) return undefined;
      const owner = isClass(found)
        ? found
        : found.kind === "method" && found.container !== ""
          ? declared.find((other) => isClass(other) && pathOf(other) === found.container)
          : undefined;
      if (owner) {
        owners.set(scope, owner);
        return owner;
      }
    }
    return undefined;
  };
  const functionAround = (scope: number): number => {
    for (let one = scope; one >= 0; one = up(one)) {
      const found = declared[one];
      if (found && isScope(found)) return one;
    }
    return -1;
  };
  const lookup = (name: string, scope: number): string | undefined => {
    for (let one = scope; one >= 0; one = up(one)) {
      const held = locals.get(one)?.get(name);
      if (held !== undefined) return held;
    }
    return locals.get(-1)?.get(name);
  };
  const rooted = (path: string, scope: number): string => {
    if (isRooted(path)) return path;
    const base = baseOf(path);
    if (base === "") return "?";
    const rest = path.slice(base.length);
    if (self.has(base)) {
      const owner = classOf(scope);
      if (owner) return `:${pathOf(owner)}${rest}`;
      // A method of a class of another file: Go.
      for (let one = scope; one >= 0; one = up(one)) {
        const found = declared[one];
        if (found?.kind === "method" && found.container !== "") return `:${found.container}${rest}`;
      }
      return "?";
    }
    if (base === "super") {
      const [first] = classOf(scope)?.bases ?? [];
      return first ? `^:${first}${rest.replace(/^\(\)/, "")}` : "?";
    }
    const held = lookup(base, scope);
    if (held === undefined) return path;
    return held === "?" ? "?" : joined(held, rest);
  };
  const lineAt = (at: number): number => {
    if (!lineStarts) {
      lineStarts = [0];
      for (let next = text.indexOf("\n"); next !== -1; next = text.indexOf("\n", next + 1)) lineStarts.push(next + 1);
    }
    let [low, high] = [0, lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const add = (one: Declared, outer: number) => {
    declared.push(one);
    parents.push(outer);
    return declared.length - 1;
  };
  return {
    text,
    declared,
    bound,
    definedAt,
    silent: [],
    around,
    classOf,
    lineAt,
    isTop: (at) => functionAround(around(at)) === -1,
    declare({ node, name, kind, exported, body, type = "", bases = [], flags = [], container, from }) {
      const outer = around(node.startIndex);
      const owner = declared[outer];
      const begin = from ?? node.startIndex;
      const one: Declared = {
        name: plainName(text.slice(name.startIndex, name.endIndex)),
        container: container ?? (owner ? pathOf(owner) : ""),
        kind: kind === "function" && owner && (isClass(owner) || owner.flags.includes("object")) ? "method" : kind,
        line: name.startPosition.row + 1,
        end_line: node.endPosition.row + 1,
        exported,
        signature: signatureOf(text, begin, body?.startIndex ?? node.endIndex),
        type,
        bases,
        decorators,
        flags,
        from: begin,
        to: node.endIndex,
      };
      decorators = [];
      definedAt.add(name.startIndex);
      if (isClass(owner ?? one) && kind === "variable") membersOf(one.container).add(one.name);
      open.push(add(one, outer));
      return one;
    },
    decorate: (name) => void decorators.push(name),
    field(owner, name, type, at) {
      const container = pathOf(owner);
      const names = membersOf(container);
      if (names.has(name)) return;
      names.add(name);
      const line = at.startPosition.row + 1;
      const signature = signatureOf(text, at.startIndex, at.endIndex);
      const [from, to] = [at.startIndex, at.startIndex];
      const exported = owner.exported;
      const one = { name, container, kind: "variable", line, end_line: line, exported, signature, type };
      add({ ...one, kind: "variable", bases: [], decorators: [], flags: [], from, to }, -1);
    },
    hold(at, name, path) {
      const scope = around(at);
      const where = functionAround(scope);
      const held = rooted(path, scope);
      const names = locals.get(where) ?? new Map<string, string>();
      locals.set(where, names);
      // What is assigned twice may be either: the first that is known.
      if (!names.has(name) || names.get(name) === "?") names.set(name, held);
    },
    rooted,
    // stack := stack(3) calls what it hides.
    isLocal: (name, scope, isCall) => {
      const held = lookup(name, scope);
      return held !== undefined && !(isCall && held.startsWith(`${name}(`));
    },
  };
}

/** Whether a path begins with something else than a name of its file: `''`, `:Order`, `^:Base`, `[]:Order`; or says nothing. */
function isRooted(path: string): boolean {
  const first = path.charCodeAt(0);
  return (
    path === "" ||
    path === "?" ||
    first === 58 ||
    first === 94 ||
    (first === 39 && path.charCodeAt(1) === 39) ||
    (first === 91 && path.startsWith("[]:"))
  );
}

/** The first name of a path; "" when it begins with something else. */
function baseOf(path: string): string {
  let end = 0;
  for (; end < path.length; end += 1) {
    const code = path.charCodeAt(end);
    const isPart =
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36 || code > 127;
    if (!isPart && !(end > 0 && code >= 48 && code <= 57)) break;
  }
  return path.slice(0, end);
}

/** A definition with what is around it: Order.create. */
export function pathOf({ container, name }: Pick<Declared, "container" | "name">): string {
  return container === "" ? name : `${container}.${name}`;
}

function joined(held: string, rest: string): string {
  return held.length + rest.length > 120 ? "?" : held + rest;
}

function plainName(name: string): string {
  return name.replace(/^["'#[]+|["'\]]+$/g, "").slice(0, 120);
}

function signatureOf(text: string, from: number, to: number): string {
  const begin = text.lastIndexOf("\n", from - 1) + 1;
  const lead = text.slice(begin, from);
  const first = /^\s*[\w\s]*$/.test(lead) ? begin : from;
  return text
    .slice(first, Math.min(to, first + 2 * MAX_SIGNATURE))
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\s*(\{|=>|=|:)$/, "")
    .slice(0, MAX_SIGNATURE);
}

/** Matches in the order in which they begin: a match is found when it ends, that of a parameter before its function's. */
export function matchesInOrder(tree: SyntaxTree, query: string): Captures[] {
  const matches = tree.matches(query).map((found) => {
    let at = Number.POSITIVE_INFINITY;
    for (const name in found) at = Math.min(at, found[name]?.startIndex ?? at);
    return { found, at };
  });
  return matches.sort((a, b) => a.at - b.at).map(({ found }) => found);
}
