import { at } from "./document.ts";
import type { Operation, Parameter } from "./operation.ts";
import { PAGE_SIZE } from "./session/request.ts";
import type { PreparedRequest } from "./session/session.ts";

const NUMBER = /^page(_?(number|no|index))?$/i;
const OFFSET = /^(offset|skip|start)$/i;
const CURSOR = /^(cursor|after|page_?token|starting_?after|next_?token)$/i;
const NEXT = /^(next|next_?cursor|next_?page_?token|next_?token|cursor|end_?cursor)$/i;

/** How the pages of a list are asked for one after the other. */
export interface Pages {
  /** The query parameter. */
  name: string;
  /** Its value for the first page; "" leaves it out. */
  first: string;
  /** Its value for the page after the one that was asked for as number `count`, from 0; undefined when that is the last. */
  next(count: number, json: unknown): string | undefined;
}

function query({ parameters }: Pick<Operation, "parameters">, test: RegExp): Parameter | undefined {
  return parameters.find(({ name, in: place }) => place === "query" && test.test(name));
}

/** The parameter that says how long a page is. */
export function sizeParameter(list: Pick<Operation, "parameters">): Parameter | undefined {
  return query(list, PAGE_SIZE);
}

/** Pages of `size` items by page number, offset or cursor, by the names that are usual; null when there are none. */
export function pagesOf(list: Operation, size: number): Pages | null {
  const number = query(list, NUMBER);
  if (number !== undefined) {
    const first = Number(at(number.schema, "default") ?? at(number.schema, "minimum") ?? 1);
    return { name: number.name, first: String(first), next: (count) => String(first + count + 1) };
  }
  const offset = query(list, OFFSET);
  if (offset !== undefined) return { name: offset.name, first: "0", next: (count) => String((count + 1) * size) };
  const cursor = query(list, CURSOR);
  return cursor === undefined ? null : { name: cursor.name, first: "", next: (_count, json) => nextIn(json) };
}

/** The cursor of the next page, wherever the answer has it. */
function nextIn(json: unknown, depth = 0): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json) || depth > 2) return undefined;
  for (const [name, value] of Object.entries(json)) {
    if (NEXT.test(name) && (typeof value === "string" || typeof value === "number") && value !== "")
      return String(value);
    const inner = nextIn(value, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** A request with other values in its query. */
export function withQuery(request: PreparedRequest, values: Record<string, string>): PreparedRequest {
  const [path = "", query = ""] = request.path.split("?");
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) search.set(name, value);
  return { ...request, path: `${path}?${search}` };
}
