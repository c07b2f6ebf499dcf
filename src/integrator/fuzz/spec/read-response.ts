import { at, isRecord, pointerSegment, resolveRef, text } from "../../document.ts";
import type { FuzzLink, FuzzResponse, ResponseHeader } from "./model.ts";

type Json = Record<string, unknown>;

/** One documented response; `pointer` is its operation's. */
export function readResponse(status: string, given: unknown, document: Json, pointer: string): FuzzResponse {
  const raw = resolveRef(given, document);
  const content = entries(at(raw, "content"));
  return {
    status: status.toLowerCase() === "default" ? "default" : status.toUpperCase(),
    content: new Map(content.map(([type, media]) => [type.toLowerCase(), at(media, "schema")])),
    headers: entries(at(raw, "headers")).map(([name, header]) => readHeader(name, resolveRef(header, document))),
    links: entries(at(raw, "links")).map(([name, link]) => readLink(name, resolveRef(link, document))),
    pointer: `${pointer}/responses/${pointerSegment(status)}`,
  };
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function readHeader(name: string, raw: unknown): ResponseHeader {
  return { name: name.toLowerCase(), required: at(raw, "required") === true, schema: at(raw, "schema") };
}

function readLink(name: string, raw: unknown): FuzzLink {
  const parameters = at(raw, "parameters");
  return {
    name,
    operation_id: text(at(raw, "operationId")) ?? null,
    operation_ref: text(at(raw, "operationRef")) ?? null,
    parameters: isRecord(parameters) ? parameters : {},
    body: at(raw, "requestBody"),
  };
}
