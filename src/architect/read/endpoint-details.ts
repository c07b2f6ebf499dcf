import type { OutlineEndpoint } from "../outline.ts";
import { addResponse, fieldsShape, inlineShapes, responseShape, shapeOfCells, valueShape } from "./endpoint-bodies.ts";
import { addQuery, queryList, queryParameter, takeParameters } from "./endpoint-query.ts";
import { saysAuth, summaryOf, takeSentences } from "./endpoint-words.ts";
import { isFieldTable, listFields, tableFields } from "./fields.ts";
import { shapeWithin } from "./shapes.ts";
import { cell, columnsOf } from "./tables.ts";
import { labelled, plain } from "./text.ts";
import type { Block, Item } from "./tree.ts";

/** What the next block is about. */
interface Part {
  kind: "request" | "response" | "query" | "errors" | "auth" | "skip";
  /** Of a response, when it is said. */
  status: number | null;
}

/** Takes in the words behind a route: "— finish (admin only)", "`{ email }` → `{ token }`", "Answers 404 when …". */
export function applyText(endpoint: OutlineEndpoint, text: string): void {
  const words = text.replace(/^[\s:|–—→-]+/, "").trim();
  if (words === "") return;
  const shapes = inlineShapes(words);
  endpoint.request ??= shapes.request;
  if (shapes.response !== null) addResponse(endpoint, shapes.status, shapes.response, "");
  endpoint.summary ||= summaryOf(words);
  takeSentences(endpoint, words);
}

/** Takes in the blocks below a route. */
export function applyBlocks(endpoint: OutlineEndpoint, blocks: readonly Block[]): void {
  let part: Part | null = null;
  for (const block of blocks) {
    if (block.kind === "paragraph") {
      for (const { text } of block.lines) {
        const label = labelled(text);
        const next: Part | null = label === null ? null : partOf(label.label);
        if (label === null || next === null) {
          part = null;
          endpoint.summary ||= summaryOf(text);
          continue;
        }
        part = next;
        takeValue(endpoint, next, label.value);
      }
      if (part === null) takeSentences(endpoint, block.lines.map((line) => line.text).join(" "));
    } else if (block.kind === "list") {
      for (const item of block.items) takeItem(endpoint, item, part);
      if (part?.kind === "request" && endpoint.request === null)
        endpoint.request = fieldsShape(listFields(block, false));
    } else takeBlock(endpoint, part, block);
  }
}

/** Takes in blocks under a heading or column such as "Request Body" or "Response 200". */
export function applyAside(endpoint: OutlineEndpoint, title: string, blocks: readonly Block[]): void {
  const part = partOf(title.toLowerCase());
  if (part === null) return;
  for (const block of blocks) {
    if (block.kind === "paragraph") for (const { text } of block.lines) takeValue(endpoint, part, text);
    else if (block.kind === "list") {
      for (const item of block.items) takeItem(endpoint, item, part);
      if (part.kind === "request") endpoint.request ??= fieldsShape(listFields(block, false));
    } else takeBlock(endpoint, part, block);
  }
}

function partOf(label: string): Part | null {
  if (/^(?:error|failure)/.test(label)) return { kind: "errors", status: null };
  const status = Number(/\b([1-5]\d\d)\b/.exec(label)?.[1] ?? "0");
  if (/^(?:success(?:ful)? )?(?:responses?|returns?|output|result)\b|^success\b/.test(label))
    return { kind: "response", status: status || null };
  if (/^[1-5]\d\d\b/.test(label)) return { kind: "response", status };
  if (/headers?$/.test(label)) return { kind: "auth", status: null };
  if (/^(?:request(?: body| payload| schema| json)?|body|payload|input|request body \(.*\))$/.test(label))
    return { kind: "request", status: null };
  if (
    /^(?:query|search)(?: string)?(?: parameters?| params?)?$|^(?:optional )?(?:filters?|parameters?|params)$/.test(
      label,
    )
  )
    return { kind: "query", status: null };
  if (
    /^(?:auth(?:entication|orization)?(?: required)?|access|requires?|roles?|permissions?|security|auth required)$/.test(
      label,
    )
  )
    return { kind: "auth", status: null };
  return /^(?:path|url) param|^side effects?|^validation|^rate limit|^notes?$|^example|^server-side|^business|^description$|payload$/.test(
    label,
  )
    ? { kind: "skip", status: null }
    : null;
}

function takeItem(endpoint: OutlineEndpoint, item: Item, part: Part | null): void {
  const label = labelled(item.text);
  const own = label === null ? null : partOf(label.label);
  if (label !== null && own !== null && !(part?.kind === "request" || part?.kind === "query")) {
    takeValue(endpoint, own, label.value);
    applyAside(endpoint, label.label, item.blocks);
    return;
  }
  if (part?.kind === "errors" || part?.kind === "response") {
    const match = /^[`*]*([1-5]\d\d)[`*]*\s*(.*)$/.exec(item.text.replace(/`/g, ""));
    if (match !== null) addResponse(endpoint, Number(match[1]), null, plain(match[2] ?? "").replace(/^[\s:–—-]+/, ""));
  } else if (part?.kind === "query") {
    const parameter = queryParameter(item.text);
    if (parameter !== null) addQuery(endpoint, parameter);
  } else if (part === null) takeSentences(endpoint, item.text);
}

function takeValue(endpoint: OutlineEndpoint, part: Part, value: string): void {
  const text = value.trim();
  if (text === "") return;
  if (part.kind === "request") endpoint.request ??= valueShape(text);
  else if (part.kind === "response") {
    const status = part.status ?? (Number(/^\W*([1-5]\d\d)\b/.exec(text)?.[1] ?? "0") || null);
    addResponse(
      endpoint,
      status,
      responseShape(text, text.replace(/^\W*[1-5]\d\d\b(?:\s+[A-Z][\p{L} ]*)?[\s:–—-]*/u, "")),
      plain(text),
    );
  } else if (part.kind === "query") for (const parameter of queryList(text)) addQuery(endpoint, parameter);
  else if (part.kind === "auth") endpoint.auth ??= saysAuth(text);
  else if (part.kind === "errors")
    for (const match of text.matchAll(/\b([45]\d\d)\b/g)) addResponse(endpoint, Number(match[1]), null, "");
}

function takeBlock(
  endpoint: OutlineEndpoint,
  part: Part | null,
  block: Exclude<Block, { kind: "paragraph" | "list" }>,
): void {
  if (block.kind === "code") {
    if (part?.kind === "auth" && /authorization|bearer/i.test(block.value)) endpoint.auth ??= true;
    if (part?.kind !== "request" && part?.kind !== "response") return;
    const shape = shapeWithin(block.value.replace(/^[A-Z]+ \S+.*\n/, ""));
    if (part.kind === "request") endpoint.request ??= shape;
    else addResponse(endpoint, part.status, shape, "");
    return;
  }
  const columns = columnsOf(block);
  const status = columns.find(/^(?:http )?(?:status|code|response)(?: code)?$/);
  if (status === 0) {
    for (const row of block.rows) {
      const code = Number(/[1-5]\d\d/.exec(cell(row, 0))?.[0] ?? "0");
      if (code > 0) addResponse(endpoint, code, shapeOfCells(row.cells.slice(1)), plain(row.cells.slice(1).join(" ")));
    }
  } else if (part?.kind === "query" || columns.find(/^(?:query )?param(?:eter)?s?(?: name)?$/) === 0)
    takeParameters(endpoint, block);
  else if (isFieldTable(block)) {
    const shape = fieldsShape(tableFields(block));
    if (part?.kind === "response") addResponse(endpoint, part.status, shape, "");
    else if (part === null || part.kind === "request") endpoint.request ??= shape;
  }
}
