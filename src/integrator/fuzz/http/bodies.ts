import { at, isRecord } from "../../document.ts";
import { isJson } from "../../operation.ts";
import type { FuzzBody } from "../spec/model.ts";
import { pairs, plain, wellFormed } from "./parameters.ts";

/** A body in its media type, and the content-type header that goes with it. */
export function encodeBody(body: FuzzBody, value: unknown): { content_type: string; body: string | Buffer } {
  const bare = bareType(body.media_type);
  if (isJson(body.media_type) || bare === "*/*" || bare === "application/*")
    return {
      content_type: bare.includes("*") ? "application/json" : body.media_type,
      body: JSON.stringify(value) ?? "",
    };
  if (bare === "application/x-www-form-urlencoded") return { content_type: bare, body: formText(body, value) };
  if (bare === "multipart/form-data") return multipart(body, value);
  if (bare.endsWith("xml")) return { content_type: body.media_type, body: xmlText("root", value, body.schema) };
  const content_type = bare.endsWith("/*") ? `${bare.slice(0, -1)}plain` : body.media_type;
  return { content_type, body: wellFormed(plain(value)) };
}

export function bareType(media: string): string {
  return media.split(";")[0]?.trim().toLowerCase() ?? "";
}

function formText({ encoding }: FuzzBody, value: unknown): string {
  if (!isRecord(value)) return wellFormed(plain(value));
  return Object.entries(value)
    .flatMap(([name, item]) => {
      const given = encoding[name];
      const style = at(given, "style") === "deepObject" ? "deepObject" : "form";
      const explode = at(given, "explode") !== false;
      // Objects inside a form have no style of their own unless the contract says so: JSON is what is expected.
      const inner = isRecord(item) && given === undefined ? JSON.stringify(item) : item;
      return pairs(
        { name, in: "query", required: false, schema: {}, style, explode, media_type: null, examples: new Map() },
        inner,
      );
    })
    .join("&");
}

const BOUNDARY = "----super-orchestrator-4f1c9d2a";

function multipart({ encoding, schema }: FuzzBody, value: unknown): { content_type: string; body: Buffer } {
  const parts = Object.entries(isRecord(value) ? value : { value }).flatMap(([name, item]) =>
    (Array.isArray(item) ? item : [item]).map((one) => part(name, one, encoding[name], at(schema, "properties", name))),
  );
  const body = Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);
  return { content_type: `multipart/form-data; boundary=${BOUNDARY}`, body };
}

function part(name: string, value: unknown, encoding: unknown, schema: unknown): Buffer {
  const binary = [at(schema, "format"), at(schema, "items", "format")].includes("binary");
  const stated = at(encoding, "contentType");
  const type =
    typeof stated === "string"
      ? bareType(stated.split(",")[0] ?? stated)
      : binary
        ? "application/octet-stream"
        : isRecord(value)
          ? "application/json"
          : null;
  const file = binary ? '; filename="sample.bin"' : "";
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name.replaceAll('"', "%22")}"${file}\r\n`;
  const kind = type === null ? "" : `content-type: ${type}\r\n`;
  return Buffer.from(`${head}${kind}\r\n${wellFormed(plain(value))}\r\n`);
}

/** XML for the simple schemas that XML bodies have: elements by property, attributes where the contract says so. */
function xmlText(given: string, value: unknown, schema: unknown): string {
  const name = String(at(schema, "xml", "name") ?? given).replace(/[^\w.-]/g, "_");
  if (Array.isArray(value)) return value.map((item) => xmlText(name, item, at(schema, "items"))).join("");
  if (!isRecord(value)) return `<${name}>${escaped(plain(value))}</${name}>`;
  const members = Object.entries(value).map(([key, item]) => ({ key, item, schema: at(schema, "properties", key) }));
  const isAttribute = (member: { schema: unknown }) => at(member.schema, "xml", "attribute") === true;
  const attributes = members.filter(isAttribute).map(({ key, item }) => ` ${key}="${escaped(plain(item))}"`);
  const inner = members.filter((one) => !isAttribute(one)).map((one) => xmlText(one.key, one.item, one.schema));
  return `<${name}${attributes.join("")}>${inner.join("")}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
