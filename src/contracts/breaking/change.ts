/** How a change is told: `error` breaks what was promised, `warning` may hurt, `info` is worth knowing. */
export type ChangeSeverity = "error" | "warning" | "info";

/** One difference between two versions of a contract. */
export interface Change {
  /** Id of its rule, in kebab-case; see `describeChanges`. */
  id: string;
  /** Whether something that kept to the old contract can stop working. */
  breaking: boolean;
  severity: ChangeSeverity;
  /** Upper case for HTTP, SEND or RECEIVE for events; "" when it concerns no single operation. */
  method: string;
  /** Path, channel address or webhook name; "" when it concerns no single one. */
  path: string;
  /** JSON pointer into the new document; into the old one for what is no longer there. */
  pointer: string;
  /** One sentence: where and what. */
  message: string;
  /** The values before and after, where there are any. */
  old_value?: unknown;
  new_value?: unknown;
}

/** One kind of change. */
export interface ChangeRule {
  id: string;
  severity: ChangeSeverity;
  breaking: boolean;
  /** What it means for those on the other side. */
  explanation: string;
}

export interface CompareOptions {
  /** When the comparison takes place: decides whether an announced sunset has passed. Now when left out. */
  now?: Date;
}

/**
 * Which way data flows. `request`: others send it and we accept it, so it must not become narrower. `response`: we send
 * it and others read it, so it must not become wider.
 */
export type Direction = "request" | "response";
