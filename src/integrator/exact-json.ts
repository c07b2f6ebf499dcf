/** JSON with its numbers as they are written: JavaScript's own numbers end at 2^53 and at 17 digits. */

/** A number as its JSON text. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARK = "\u0001number:";

/** Parse JSON, numbers as `ExactNumber`; undefined when it is none. */
export function parseExact(text: string): unknown {
  const marked = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : JSON.stringify(MARK + token)));
  try {
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === "string" && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value,
    );
  } catch {
    return undefined;
  }
}

/** A text that stands for a number in a value that `JSON.stringify` writes; see `withNumbers`. */
export function numberMark(literal: string): string {
  return MARK + literal;
}

/** JSON text with marked numbers written as numbers. */
export function withNumbers(json: string): string {
  return json.replace(/"\\u0001number:([^"]*)"/g, (_whole, literal: string) => literal);
}

/** Whether two decimal literals are the same number; `tolerance` is relative to the first. */
export function sameNumber(a: string, b: string, tolerance = 0): boolean {
  const [left, right] = [digitsOf(a), digitsOf(b)];
  if (left !== undefined && left === right) return true;
  const [x, y] = [Number(a), Number(b)];
  return tolerance > 0 && Math.abs(x - y) <= Math.abs(x) * tolerance;
}

/** Canonical digits and exponent of a decimal literal; undefined when it is none. */
function digitsOf(literal: string): string | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(literal.trim()) ?? [];
  if (whole === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const trimmed = digits.replace(/0+$/, "");
  if (trimmed === "") return "0";
  const power = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return `${sign === "-" ? "-" : ""}${trimmed}e${power}`;
}
