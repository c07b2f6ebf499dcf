import { isRecord } from "../../document.ts";
import type { FuzzParameter } from "../spec/model.ts";

/** A primitive as text; objects as JSON. */
export function plain(value: unknown): string {
  return typeof value === "string"
    ? value
    : value !== null && typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}

const encode = (value: unknown) => encodeURIComponent(wellFormed(plain(value)));

/** Lone surrogates cannot be written in UTF-8. */
export function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

/** A path parameter in its style (simple, label, matrix), percent-encoded. */
export function pathText({ name, style, explode, media_type }: FuzzParameter, value: unknown): string {
  if (media_type !== null) return encode(JSON.stringify(value));
  const listed = list(value, explode ? "=" : ",");
  if (style === "label") return `.${listed.map(encodeMember).join(explode ? "." : ",")}`;
  if (style === "matrix") {
    if (explode && Array.isArray(value)) return value.map((item) => `;${name}=${encode(item)}`).join("");
    if (explode && isRecord(value)) return listed.map((member) => `;${encodeMember(member)}`).join("");
    return `;${name}=${listed.map(encodeMember).join(",")}`;
  }
  return listed.map(encodeMember).join(",");
}

/** A query or cookie parameter as `name=value` pairs, percent-encoded; none for what is empty. */
export function pairs({ name, style, explode, media_type }: FuzzParameter, value: unknown): string[] {
  const key = encodeURIComponent(name);
  if (media_type !== null) return [`${key}=${encode(JSON.stringify(value))}`];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    if (explode) return value.map((item) => `${key}=${encode(item)}`);
    const separator = style === "spaceDelimited" ? "%20" : style === "pipeDelimited" ? "%7C" : ",";
    return [`${key}=${value.map(encode).join(separator)}`];
  }
  if (isRecord(value)) {
    const members = Object.entries(value);
    if (style === "deepObject")
      return members.map(([inner, item]) => `${key}%5B${encodeURIComponent(inner)}%5D=${encode(item)}`);
    if (explode) return members.map(([inner, item]) => `${encodeURIComponent(inner)}=${encode(item)}`);
    return members.length === 0 ? [] : [`${key}=${members.flat().map(encode).join(",")}`];
  }
  return [`${key}=${encode(value)}`];
}

/** A header parameter (style simple); characters that headers cannot carry are percent-encoded. */
export function headerText({ explode, media_type }: FuzzParameter, value: unknown): string {
  const text = media_type === null ? list(value, explode ? "=" : ",").join(",") : JSON.stringify(value);
  return text.replace(/[^\t\u0020-\u007e]/g, (character) => encodeURIComponent(wellFormed(character)));
}

function list(value: unknown, join: string): string[] {
  if (Array.isArray(value)) return value.map(plain);
  return isRecord(value) ? Object.entries(value).map(([name, item]) => `${name}${join}${plain(item)}`) : [plain(value)];
}

function encodeMember(member: string): string {
  return member
    .split(/([=,])/)
    .map((part) => (part === "=" || part === "," ? part : encode(part)))
    .join("");
}
