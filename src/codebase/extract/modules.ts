import type { Bound } from "./facts.ts";

const EXPORT_FROM =
  /^[ \t]*export\s+(?:type\s+)?(\*(?:\s+as\s+([\w$]+))?|\{([^}]*)\})\s*(?:from\s*["']([^"'\n]+)["'])?/gm;
const EXPORT_DEFAULT = /^[ \t]*export\s+default\s+(?:new\s+)?([A-Za-z_$][\w$]*)\s*(?:[;\n(]|$)/gm;
const COMMON_OBJECT = /^[ \t]*(?:module\.)?exports\s*=\s*\{([^}]*)\}/gm;
const COMMON_ONE =
  /^[ \t]*(?:module\.exports\s*=\s*)?(?:exports\s*=\s*)?(?:module\.)?exports\s*=\s*(?:new\s+)?([A-Za-z_$][\w$]*)\s*(?=[;\n(]|$)/gm;
const COMMON_REQUIRE = /^[ \t]*module\.exports\s*=\s*require\(\s*["']([^"'\n]+)["']\s*\)/gm;
const COMMON_NAMED =
  /^[ \t]*(?:(?:var|const|let)\s+[\w$]+\s*=\s*)?(?:module\.)?exports\.([\w$]+)\s*=\s*([A-Za-z_$][\w$]*)?(?:\s*[;\n]|$)/gm;
const COMMON_FORWARD =
  /^[ \t]*(?:module\.)?exports\.([\w$]+)\s*=\s*require\(\s*["']([^"'\n]+)["']\s*\)(?:\.([\w$]+))?/gm;
const ANYWHERE = /\b(?:import|require)\s*\(\s*["'`]([^"'`\n]+)["'`]\s*[,)]/g;
const FOR_EFFECT = /^[ \t]*import\s+["']([^"'\n]+)["']/gm;

/** What a script shows to others beside `export function …`: lists, re-exports, CommonJS. */
export function exportsOf(text: string): Bound[] {
  if (!/\bexport(s|\s*[{*]|\s+(default|type))/.test(text)) return [];
  const found: Bound[] = [];
  const lines = lineCounter(text);
  const add = (at: number, local: string, module: string, name: string) =>
    found.push({ role: "export", local, module, name, line: lines(at) });
  for (const { index, 1: what = "", 2: namespace, 3: list, 4: module = "" } of text.matchAll(EXPORT_FROM)) {
    if (list === undefined) add(index, namespace ?? "*", module, namespace === undefined ? "*" : "*");
    else for (const [name, local] of named(list, /\s+as\s+/)) add(index, local, module, name);
    if (what === "*" && module === "") found.pop();
  }
  for (const { index, 1: name = "" } of text.matchAll(EXPORT_DEFAULT))
    if (!/^(function|class|async|abstract|interface|new|await|enum)$/.test(name)) add(index, "default", "", name);
  for (const { index, 1: list = "" } of text.matchAll(COMMON_OBJECT))
    for (const [local, name] of named(list, /\s*:\s*/)) add(index, local, "", name);
  for (const { index, 1: name = "" } of text.matchAll(COMMON_ONE))
    if (!/^(require|function|class|async|await|new|Object)$/.test(name)) add(index, "=", "", name);
  for (const { index, 1: module = "" } of text.matchAll(COMMON_REQUIRE)) add(index, "=", module, "*");
  for (const { index, 1: local = "", 2: name } of text.matchAll(COMMON_NAMED))
    if (name !== undefined && name !== "void") add(index, local, "", name);
  for (const { index, 1: local = "", 2: module = "", 3: name } of text.matchAll(COMMON_FORWARD))
    add(index, local, module, name ?? "*");
  return found;
}

/** Pairs of a list `a, b as c`: what stands before and after the separator; twice the same without one. */
function named(list: string, separator: RegExp): [string, string][] {
  const plain = list.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  return plain.split(",").flatMap((item): [string, string][] => {
    const [first = "", second = first] = item
      .trim()
      .replace(/^type\s+/, "")
      .split(separator);
    return /^[\w$]+$/.test(first) && /^[\w$]+$/.test(second) ? [[first, second]] : [];
  });
}

/** Modules that are imported without a name for them: for their effect, in the middle of an expression. */
export function otherImports(text: string, known: readonly Bound[]): Bound[] {
  const seen = new Set(known.map(({ module }) => module));
  const lines = lineCounter(text);
  const found: Bound[] = [];
  for (const pattern of [FOR_EFFECT, ANYWHERE])
    for (const { index, 1: module = "" } of text.matchAll(pattern))
      if (!seen.has(module)) {
        seen.add(module);
        found.push({ role: "import", local: "", module, name: "*", line: lines(index) });
      }
  return found;
}

/** Gives the line of an offset; offsets mostly grow. */
function lineCounter(text: string): (at: number) => number {
  let [last, line] = [0, 1];
  return (at) => {
    if (at < last) [last, line] = [0, 1];
    for (let next = text.indexOf("\n", last); next !== -1 && next < at; next = text.indexOf("\n", next + 1)) {
      line += 1;
      last = next + 1;
    }
    return line;
  };
}
