/** A changed part of a value, and what the whole is with it; ABSENT takes the part out. */
export interface Part {
  /** At a bound and still valid, or violating one keyword. */
  kind: "boundary" | "invalid";
  keyword: string;
  value: unknown;
}

export const ABSENT = Symbol("absent");
