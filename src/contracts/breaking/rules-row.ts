import type { ChangeSeverity } from "./change.ts";

/** A rule as a line of a table. */
export type Row = [id: string, severity: ChangeSeverity, breaking: boolean, explanation: string];

export const GONE = "Those who use it get an error.";
export const GAINED = "What worked before still works.";
