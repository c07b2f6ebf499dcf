import type { Field } from "../../model/domain-model.ts";

/** An entity as one place of the document tells it. */
export interface EntityMention {
  name: string;
  owner: string | null;
  description: string;
  fields: Field[];
  line: number;
  /** How explicit the place is; lower is better. */
  rank: Rank;
}

/** Owner table · heading with fields · bold name, list or unnamed field table · name in a list or sentence · SQL. */
export const RANK = { ownerTable: 0, heading: 1, block: 2, listed: 3, sql: 4 } as const;
export type Rank = (typeof RANK)[keyof typeof RANK];
