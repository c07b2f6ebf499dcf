/** The test runners whose reports can be had from outside. */
export type Runner = "node" | "vitest" | "jest" | "mocha";

/** What a package's test script does in the end. */
export interface TestScript {
  /** Its whole text, scripts that it calls put in. */
  text: string;
  /** Every call of a known runner. */
  runners: Runner[];
  /** The runner that gets what is appended to the command, and how many `--` stand before it; undefined when none does. */
  last: { runner: Runner; dashes: number } | undefined;
}

const MAX_DEPTH = 6;
const MAX_SCRIPTS = 50;
const MAX_TEXT = 4000;

/** Read the test script of a package.json with its pre and post scripts. Scripts that call each other end at some depth. */
export function readTestScript(scripts: Record<string, string>): TestScript {
  const text = expanded("test", scripts, MAX_DEPTH).slice(0, MAX_TEXT);
  const runners = segmentsOf(text).flatMap(({ words }) => runnerOf(words) ?? []);
  return { text, runners, last: lastRunner(scripts.test ?? "", scripts, 0) };
}

/** A package's script with everything it calls, in the order in which it runs, up to `left` scripts in all. */
function expanded(
  name: string,
  scripts: Record<string, string>,
  depth: number,
  left = { scripts: MAX_SCRIPTS },
): string {
  const parts = [`pre${name}`, name, `post${name}`].flatMap((one) => {
    const script = scripts[one];
    if (script === undefined || left.scripts-- <= 0) return [];
    const called = depth === 0 ? [] : segmentsOf(script).flatMap(({ words }) => calledScript(words) ?? []);
    const inner = called.filter(({ script: other }) => other !== name).map(({ script: other }) => other);
    return [script, ...inner.map((other) => expanded(other, scripts, depth - 1, left))];
  });
  return parts.filter(Boolean).join("\n");
}

function lastRunner(script: string, scripts: Record<string, string>, dashes: number): TestScript["last"] {
  const last = segmentsOf(script).at(-1);
  // Behind `||` it only runs when something failed; behind `|` it is not the runner that gets the words.
  if (last === undefined || last.after === "||" || last.after === "|" || dashes > MAX_DEPTH) return undefined;
  const runner = runnerOf(last.words);
  if (runner) return { runner, dashes };
  const called = calledScript(last.words);
  const inner = called && scripts[called.script];
  if (called === undefined || inner === undefined) return undefined;
  return lastRunner(inner, scripts, dashes + (called.needsDashes ? 1 : 0));
}

interface Segment {
  words: string[];
  /** The operator before it; "" for the first. */
  after: string;
}

/** The simple commands of a shell line, quotes respected. */
export function segmentsOf(script: string): Segment[] {
  const segments: Segment[] = [];
  let words: string[] = [];
  let after = "";
  const close = (operator: string) => {
    if (words.length > 0) segments.push({ words, after });
    words = [];
    after = operator;
  };
  for (const [token] of script.matchAll(/&&|\|\||[;|\n]|(?:"[^"]*"|'[^']*'|[^\s;|&"']|&(?!&))+/g)) {
    if (/^(?:&&|\|\||[;|\n])$/.test(token)) close(token);
    else words.push(token.replaceAll(/["']/g, ""));
  }
  close("");
  return segments;
}

/** Without what only prepares the call: variables, `cross-env`, `npx`, paths of the program. */
function programOf(words: readonly string[]): string[] {
  const start = words.findIndex(
    (word) => !/^(?:\w+=|npx$|pnpx$|bunx$|cross-env$|env$|exec$|c8$|nyc$|dotenv$|time$)/.test(word),
  );
  const [first = "", ...rest] = start < 0 ? [] : words.slice(start);
  return [first.replace(/^.*[\\/]/, "").replace(/\.(?:cmd|[cm]?js)$/, ""), ...rest];
}

function runnerOf(words: readonly string[]): Runner | undefined {
  const [program = "", ...args] = programOf(words);
  if (program === "vitest" || program === "jest" || program === "mocha") return program;
  if (program === "_mocha") return "mocha";
  if (program === "react-scripts" && args[0] === "test") return "jest";
  if (program === "tsx" && args.includes("--test")) return "node";
  if (program !== "node") return undefined;
  const script = args.find((arg) => !arg.startsWith("-"));
  const named = /(?:^|[\\/])(vitest|jest|_?mocha)(?:\.[cm]?js)?$/.exec(script ?? "")?.[1];
  if (named === "vitest" || named === "jest") return named;
  return named === undefined ? "node" : "mocha";
}

/** `npm run x`, `yarn x`, `pnpm run x`: npm needs `--` before what is handed on. */
function calledScript(words: readonly string[]): { script: string; needsDashes: boolean } | undefined {
  const [program = "", ...args] = programOf(words);
  const plain = args.filter((arg) => !arg.startsWith("-"));
  if (program === "npm") {
    if (plain[0] === "run" || plain[0] === "run-script")
      return plain[1] ? called(plain[1], !args.includes("--")) : undefined;
    return plain[0] === "test" || plain[0] === "t" ? called("test", !args.includes("--")) : undefined;
  }
  if (program !== "yarn" && program !== "pnpm" && program !== "bun") return undefined;
  const name = plain[0] === "run" ? plain[1] : plain[0];
  return name ? called(name, false) : undefined;
}

function called(script: string, needsDashes: boolean) {
  return { script, needsDashes };
}
