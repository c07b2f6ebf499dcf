import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { bareType, isJsonType, pickMediaType } from "../../lib/media.ts";
import type { ExchangeFault } from "../../model/contract.ts";
import { type Placed, schemaAt } from "../breaking/comparison.ts";
import { entriesAt, type Source } from "../breaking/source.ts";
import { isJson } from "../document.ts";
import { queryPairs } from "./deserialize.ts";
import { checkValue, fault, type Verdict } from "./faults.ts";
import { readForm } from "./form.ts";
import { decoded } from "./operations.ts";

/**
 * A body that was sent or answered against the `content` of its holder (a request body or a response). The media type is
 * taken from the header; without one from what the contract offers, JSON first.
 */
export function checkBody(
  source: Source,
  holder: Placed,
  body: unknown,
  { part, header }: { part: "request" | "response"; header: string | undefined },
): Verdict {
  const content = entriesAt(holder.node, "content");
  const types = content.map(([type]) => type);
  const clause = `${holder.at}/content`;
  const type = header === undefined ? (types.find(isJsonType) ?? types[0]) : pickMediaType(types, header);
  if (type === undefined) {
    const expected = types.join(" or ");
    const actual = header === "" ? "no content-type" : (header ?? "");
    const message = `${actual} is not a media type of this ${part}`;
    return {
      faults: [fault(part, "content-type", { field: "content-type", message, expected, actual, clause })],
      skipped: [],
    };
  }
  const media = { node: Object.fromEntries(entriesAt(holder.node, "content"))[type], at: clause + pointerPart(type) };
  const { node, at } = source.resolve(media.node, media.at);
  const [schema] = schemaAt({ node, at });
  const used = bareType(header !== undefined && header !== "" ? header : type);
  const value = bodyValue(used, body, schema?.node, source.document);
  if (value === undefined) return { faults: [], skipped: [`${part} body: ${used} is not looked into`] };
  if ("problem" in value) return { faults: [notReadable(part, value.problem, used, clause)], skipped: [] };
  return checkValue(source, schema, value.value, { part, location: "body", name: "", travel: part });
}

function notReadable(part: ExchangeFault["part"], problem: string, expected: string, clause: string): ExchangeFault {
  return fault(part, "body", { message: `the body ${problem}`, expected, actual: problem, clause });
}

/** A body as a value to check; undefined for media types of which nothing can be said. */
function bodyValue(
  type: string,
  body: unknown,
  schema: unknown,
  root: unknown,
): { value: unknown } | { problem: string } | undefined {
  if (isJsonType(type) || type === "*/*") return { value: body };
  if (type.startsWith("text/")) return typeof body === "string" ? { value: body } : { problem: "is no text" };
  if (type === "application/x-www-form-urlencoded") {
    const fields =
      typeof body === "string" ? queryPairs(body).map(([key, text]) => [key, decoded(text)] as const) : undefined;
    if (fields === undefined) return isJson(body) ? { value: body } : { problem: "is no form" };
    return { value: readForm(fields, schema, root) };
  }
  if (type.startsWith("multipart/")) return isJson(body) ? { value: body } : undefined;
  return undefined;
}
