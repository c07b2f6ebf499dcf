import { type Context, createContext, Script } from "node:vm";

/** What can tell whether a text matches. */
export interface Matcher {
  test(text: string): boolean;
  toString(): string;
}

/** How long a pattern that can backtrack without end may look at one text, in milliseconds. */
const LIMIT_MS = 200;

let sandbox: Context | undefined;

/**
 * A regular expression from somebody else's document. A pattern with a repetition inside a repetition, which can take
 * exponential time, runs under a time limit; a text that exceeds it is undecided and counts as matching.
 * Errors: SyntaxError when it is no regular expression.
 */
export function compilePattern(pattern: string): Matcher {
  const expression = parse(pattern);
  if (!canExplode(pattern)) return expression;
  const script = new Script(`(${expression.toString()}).test(text)`);
  return {
    test(text) {
      sandbox ??= createContext(Object.create(null));
      sandbox.text = text;
      try {
        return script.runInContext(sandbox, { timeout: LIMIT_MS }) === true;
      } catch {
        return true;
      }
    },
    // Validators tell patterns apart by their text.
    toString: () => expression.toString(),
  };
}

function parse(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    // Escapes such as `\-` are common and wrong only in Unicode mode.
    return new RegExp(pattern);
  }
}

/** Whether a group that repeats without bound contains a repetition, an alternative or an optional part. */
function canExplode(pattern: string): boolean {
  const bare = pattern.replace(/\\./gs, "a").replace(/\[[^\]]*\]/g, "a");
  const flexible: boolean[] = [];
  for (let index = 0; index < bare.length; index += 1) {
    const char = bare[index];
    if (char === "(") flexible.push(false);
    else if (char === ")") {
      const inner = flexible.pop() ?? false;
      if (inner && /^(?:[*+]|\{\d*,?\d*\})/.test(bare.slice(index + 1, index + 12))) return true;
      if (inner && flexible.length > 0) flexible[flexible.length - 1] = true;
    } else if (char !== undefined && "*+{?|".includes(char) && bare[index - 1] !== "(" && flexible.length > 0)
      flexible[flexible.length - 1] = true;
  }
  // Several unbounded repetitions beside each other take polynomial time of that degree.
  return (bare.match(/[*+]|\{\d+,\}/g) ?? []).length > 2;
}
