import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../../lib/fs.ts";
import type { TestSources } from "../../model/evidence.ts";

const MAX_FILES = 3000;
const MAX_BYTES = 1_000_000;
const MAX_FOCUSED = 20;
const MAX_HOLLOW = 300;

const JAVASCRIPT = /(?:\.(?:test|spec)|(?:^|\/)(?:tests?|__tests__|spec)\/.*)\.[cm]?[jt]sx?$/;
const PYTHON = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;

/** At the beginning of a line, which is where a call stands and a comment or a text does not. */
const FOCUSED = /^[ \t]*(?:(?:it|test|describe|suite|context|specify)\.only|fit|fdescribe)(?:\.each\([^)\n]*\))?\s*\(/;

/**
 * Whole tests that check nothing: an empty body, or one that only claims what is always so. What is longer is not looked
 * into, so that what is named is right.
 */
const TRIVIAL_JS = String.raw`(?:return;?|expect\((?:true|1)\)\.(?:toBe|toEqual)\((?:true|1)\);?|(?:assert|assert\.ok)\(true\);?)`;
const HOLLOW_JS = new RegExp(
  String.raw`\b(?:it|test|specify)\(\s*(["'\`])((?:(?!\1)[^\\\n]|\\.){1,200})\1\s*,\s*(?:async\s*)?(?:function\s*)?(?:\(\s*\w{0,20}\s*\)|\w{1,20})\s*(?:=>\s*)?\{\s*(?:${TRIVIAL_JS}\s*)?\}\s*\)`,
  "g",
);
const PYTHON_TEST = /^([ \t]*)(?:async[ \t]+)?def[ \t]+(test_\w+)[ \t]*\(([^\n]{0,500})$/;
const TRIVIAL_PYTHON = /^(?:pass|\.\.\.|assert[ \t]+True|return)$/;

/** What the sources of a service's tests show. Bounded in files and bytes. */
export function readTestSources(directory: string): TestSources {
  const focused: string[] = [];
  const hollow: string[] = [];
  const files = listFiles(directory).filter((path) => JAVASCRIPT.test(path) || PYTHON.test(path));
  for (const path of files.slice(0, MAX_FILES)) {
    const text = textOf(join(directory, path));
    if (PYTHON.test(path)) hollow.push(...hollowPython(text));
    else {
      hollow.push(...[...text.matchAll(HOLLOW_JS)].map(([, , title = ""]) => title));
      focused.push(...linesOf(text).map((line) => `${path}:${line}`));
    }
  }
  return { focused: focused.slice(0, MAX_FOCUSED), hollow: [...new Set(hollow)].slice(0, MAX_HOLLOW) };
}

/** Functions whose body is one line that checks nothing. */
function hollowPython(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line, index) => {
    const [, indent = "", name = "", rest = ""] = PYTHON_TEST.exec(line) ?? [];
    if (name === "") return [];
    const after = /:[ \t]*([^:]*)$/.exec(rest)?.[1]?.trim() ?? "";
    const [first = "", second = ""] = lines.slice(index + 1, index + 3);
    const inside = (one: string) => one.startsWith(indent) && /^[ \t]/.test(one.slice(indent.length));
    if (after !== "") return TRIVIAL_PYTHON.test(after) ? [name] : [];
    return inside(first) && TRIVIAL_PYTHON.test(first.trim()) && !inside(second) ? [name] : [];
  });
}

function linesOf(text: string): number[] {
  if (!/\.only|\bfit\b|\bfdescribe\b/.test(text)) return [];
  return text.split("\n").flatMap((line, index) => (FOCUSED.test(line) ? [index + 1] : []));
}

function textOf(file: string): string {
  try {
    return statSync(file).size > MAX_BYTES ? "" : readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
