import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { Json } from "../document.ts";
import { isJson } from "../document.ts";
import type { Change } from "./change.ts";
import type { SchemaPlace } from "./places.ts";
import { ruleOf } from "./rules.ts";
import { createSameness } from "./sameness.ts";
import { MEMBER_ASPECTS } from "./schema-aspects.ts";
import { createSchemaGraph, idOf } from "./schema-graph.ts";
import type { Pair, SchemaGraph, Told } from "./schema-types.ts";
import { own, type Part, type Source } from "./source.ts";

/** The operation that a change is told of. */
export interface Where {
  method: string;
  path: string;
}

export const NOWHERE: Where = { method: "", path: "" };

/** A node and where it stands. */
export interface Placed {
  node: Json;
  at: string;
}

/** Two documents while they are compared, and what was found. */
export interface Comparison {
  old: Source;
  new: Source;
  now: Date;
  graph: SchemaGraph;
  /** Whether two nodes say the same through all their references: they need no comparing. */
  isSame(before: unknown, after: unknown): boolean;
  tell(id: string, where: Where, pointer: string, message: string, before?: unknown, after?: unknown): void;
  /** Compare two schemas; `subject` says what they describe, e.g. "the request body". */
  schemas(place: SchemaPlace, where: Where, subject: string, old: readonly Part[], now: readonly Part[]): void;
  /** Everything found, in the order of the documents. */
  changes(): Change[];
}

export function createComparison(old: Source, fresh: Source, now: Date): Comparison {
  const isSame = createSameness(old, fresh);
  const graph = createSchemaGraph(old, fresh, now, isSame);
  const entries: (() => Change[])[] = [];
  return {
    old,
    new: fresh,
    now,
    graph,
    isSame,
    tell(id, where, pointer, message, before, after) {
      entries.push(() => [changeOf(id, where, pointer, message, before, after)]);
    },
    schemas(place, where, subject, before, after) {
      if (before.length === 0 && after.length === 0) return;
      const pair: Pair = graph.pair(before, after, place.direction);
      // Schemas refer to each other: what is found is gathered when all have been looked at.
      entries.push(() =>
        graph
          .collect(pair)
          .map((told) => changeOf(idOf(told, place), where, told.at, sentence(told, subject), told.before, told.after)),
      );
    },
    changes: () => distinct(entries.flatMap((entry) => entry())),
  };
}

/** The schema at a key of a node, as parts. */
export function schemaAt(holder: Placed | undefined, key = "schema"): Part[] {
  const value = holder && own(holder.node, key);
  return holder && (isJson(value) || typeof value === "boolean")
    ? [{ node: value, at: holder.at + pointerPart(key) }]
    : [];
}

function changeOf(
  id: string,
  { method, path }: Where,
  pointer: string,
  message: string,
  before: unknown,
  after: unknown,
): Change {
  const { breaking, severity } = ruleOf(id);
  return {
    id,
    breaking,
    severity,
    method,
    path,
    pointer,
    message,
    ...(before === undefined ? {} : { old_value: before }),
    ...(after === undefined ? {} : { new_value: after }),
  };
}

function sentence(told: Told, subject: string): string {
  const { aspect, path, property, told: what } = told;
  if (aspect in MEMBER_ASPECTS) {
    const full = path === "" ? property : `${path}.${property}`;
    return `Property \`${full}\` of ${subject} ${what}.`;
  }
  const place = path === "" ? subject : `\`${path}\` of ${subject}`;
  return `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${what}.`;
}

/** A change of a schema is told once an operation, also when several of its media types and statuses share the schema. */
function distinct(changes: Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter(({ id, method, path, pointer, old_value, new_value }) => {
    const key = `${id} ${method} ${path} ${pointer} ${String(old_value)} ${String(new_value)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
