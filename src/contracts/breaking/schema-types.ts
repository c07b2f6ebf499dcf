import type { Direction } from "./change.ts";
import type { MemberAspect, ValueAspect } from "./schema-aspects.ts";
import type { Shape } from "./shape.ts";
import type { Part, Source } from "./source.ts";

/** A change found in a pair of schemas; where the pair is used decides its id and verdict. */
export interface Found {
  aspect: ValueAspect | MemberAspect;
  told: string;
  at: string;
  /** The property it is about, for changes of what an object is made of. */
  property?: string;
  before?: unknown;
  after?: unknown;
}

/** Two versions of a schema that are compared with each other. */
export interface Pair {
  old: readonly Part[];
  now: readonly Part[];
  direction: Direction;
  found: Found[];
  children: { pair: Pair; step: string }[];
  /** `same`: both say the same, there is nothing to look at. */
  state: "new" | "open" | "done" | "same";
}

/** A found change where it is used. */
export interface Told extends Found {
  /** Where in the schema: "" for the schema itself, else `owner.name`, `tags[]`. */
  path: string;
}

export interface SchemaGraph {
  now: Date;
  old: Source;
  new: Source;
  /** The pair of two schemas; looked at once however often it is used, so that recursion ends. */
  pair(old: readonly Part[], now: readonly Part[], direction: Direction): Pair;
  /** Whether two schemas say the same through all their references: they need no comparing. */
  isSame(old: readonly Part[], now: readonly Part[]): boolean;
  oldShape(parts: readonly Part[]): Shape;
  newShape(parts: readonly Part[]): Shape;
  /** Whether nothing that is reached from a pair breaks; what is still being looked at counts as harmless. */
  isCompatible(pair: Pair): boolean;
  /** Everything found from a pair on, each once, by its shortest path. */
  collect(pair: Pair): Told[];
}

/** What comparing a pair gives. */
export interface Expansion {
  found: Found[];
  children: { pair: Pair; step: string }[];
}
