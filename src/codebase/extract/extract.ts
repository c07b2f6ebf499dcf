import type { Language } from "../../source/languages.ts";
import type { SourceFile } from "../../source/source-file.ts";
import type { Declared, Extracted, Use } from "./facts.ts";
import { outlineGo } from "./go.ts";
import { outlineJava } from "./java.ts";
import { type Outline, outlineOf, pathOf } from "./outline.ts";
import { outlinePython } from "./python.ts";
import { readReferences } from "./references.ts";
import { outlineScript } from "./script.ts";

const THIS: ReadonlySet<string> = new Set(["this"]);
const SELF: Readonly<Record<Language, ReadonlySet<string>>> = {
  python: new Set(["self", "cls"]),
  typescript: THIS,
  javascript: THIS,
  java: THIS,
  go: new Set(),
};
/** Words that stand for what is around them, and names too short to be looked for. */
const STANDING = new Set(["self", "cls", "this", "super", "$"]);
const isUnnamed = (name: string) => STANDING.has(name) || (name.charCodeAt(0) === 95 && /^_+$/.test(name));
/** Uses of one name in one file that are kept. */
const MOST = 2000;

/** Definitions, imports, exports and uses of a code file. Its tree is asked for once. */
export function extract(file: SourceFile): Extracted | undefined {
  const { language, text } = file;
  const tree = language ? file.tree() : null;
  if (!language || !tree) return undefined;
  const outline = outlineOf(text, SELF[language]);
  switch (language) {
    case "python":
      outlinePython(outline, tree);
      break;
    case "go":
      outlineGo(outline, tree);
      break;
    case "java":
      outlineJava(outline, tree);
      break;
    default:
      outlineScript(outline, tree, language);
  }
  return { declared: outline.declared, bound: outline.bound, uses: usesIn(outline, language) };
}

function usesIn(outline: Outline, language: Language): Map<string, Use[]> {
  const { text, declared, definedAt } = outline;
  const silent = outline.silent.toSorted((a, b) => a.from - b.from);
  const around = scopes(declared);
  const uses = new Map<string, Use[]>();
  const statics = new Set(language === "java" ? outline.bound.map(({ local }) => local) : []);
  let quiet = 0;
  const fields = new Set(
    language === "java"
      ? declared.flatMap((one) => (one.kind === "variable" ? [`${one.container}.${one.name}`] : []))
      : [],
  );
  /** A bare name of Java may be a field. */
  const ownField = (path: string, scope: number): string => {
    const [base = ""] = /^[A-Za-z_$][\w$]*/.exec(path) ?? [];
    const owner = base === "" || fields.size === 0 ? undefined : outline.classOf(scope);
    return owner && fields.has(`${pathOf(owner)}.${base}`) ? `:${pathOf(owner)}.${path}` : path;
  };
  readReferences(text, language, ({ name, at, line, kind, receiver }) => {
    if (isUnnamed(name) || definedAt.has(at)) return;
    while ((silent[quiet]?.to ?? Number.POSITIVE_INFINITY) <= at) quiet += 1;
    const stretch = silent[quiet];
    if (stretch && stretch.from <= at) return;
    const scope = around(at);
    let where = receiver;
    if (kind === "s") where = "";
    else if (receiver === "") {
      if (outline.isLocal(name, scope, kind === "c")) return;
      if (language === "java" && kind === "c" && !statics.has(name)) {
        const owner = outline.classOf(scope);
        if (owner) where = `:${pathOf(owner)}`;
      }
    } else where = ownField(outline.rooted(receiver, scope), scope);
    const known = uses.get(name);
    if (!known) uses.set(name, [[line, kind, scope, where]]);
    else if (known.length < MOST) known.push([line, kind, scope, where]);
  });
  return uses;
}

/** Gives the number of the definition around an offset; offsets only grow. */
function scopes(declared: readonly Declared[]): (at: number) => number {
  const order = declared
    .map((one, index) => ({ from: one.from, to: one.to, index }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const open: { to: number; index: number }[] = [];
  let next = 0;
  return (at) => {
    for (let one = order[next]; one && one.from <= at; one = order[next]) {
      while (open.length > 0 && (open.at(-1)?.to ?? 0) <= one.from) open.pop();
      open.push(one);
      next += 1;
    }
    while (open.length > 0 && (open.at(-1)?.to ?? 0) <= at) open.pop();
    return open.at(-1)?.index ?? -1;
  };
}
