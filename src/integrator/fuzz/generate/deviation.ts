export type ValuePath = readonly (string | number)[];

/** One change of a valid value at one place. */
export interface Deviation {
  path: ValuePath;
  /** The keyword it keeps to its limit, or violates. */
  keyword: string;
  /** What it is, as the end of a sentence: "a text of 81 characters (maxLength 80)". */
  what: string;
  /** The new value; undefined takes the place away. */
  value: unknown;
  intent: "valid" | "invalid" | "probe";
}
