import { isRecord } from "../../lib/schema-flatten.ts";
import type { Parameter } from "../breaking/parameters.ts";

/** A parameter's value as its style writes it: `name=value` pairs for a query or cookies, one text elsewhere. */
export function serialized({ name, style, explode, mediaType, in: place }: Parameter, value: unknown): string {
  const encode = place === "header" || place === "cookie" ? String : encodeURIComponent;
  const text = (one: unknown) => encode(typeof one === "string" ? one : (JSON.stringify(one) ?? ""));
  if (place === "query")
    return query(encodeURIComponent(name), style, explode, mediaType ? JSON.stringify(value) : value, text);
  if (mediaType !== undefined) return encode(JSON.stringify(value));
  const joint = style === "label" && explode ? "." : style === "matrix" && explode ? ";" : ",";
  const parts = partsOf(value, explode, text, style === "matrix" && explode ? name : undefined).join(joint);
  if (style === "label") return `.${parts}`;
  if (style === "matrix")
    return explode ? `;${Array.isArray(value) || isRecord(value) ? parts : `${name}=${parts}`}` : `;${name}=${parts}`;
  return parts;
}

function partsOf(value: unknown, explode: boolean, text: (one: unknown) => string, name?: string): string[] {
  if (Array.isArray(value)) return value.map((one) => (name === undefined ? text(one) : `${name}=${text(one)}`));
  if (!isRecord(value)) return [text(value)];
  return Object.entries(value).flatMap(([key, one]) => (explode ? [`${key}=${text(one)}`] : [key, text(one)]));
}

const SEPARATORS: Record<string, string> = { spaceDelimited: "%20", pipeDelimited: "|" };

function query(name: string, style: string, explode: boolean, value: unknown, text: (one: unknown) => string): string {
  if (Array.isArray(value)) {
    if (explode) return value.map((one) => `${name}=${text(one)}`).join("&");
    return `${name}=${value.map(text).join(SEPARATORS[style] ?? ",")}`;
  }
  if (!isRecord(value)) return `${name}=${text(value)}`;
  if (style === "deepObject")
    return Object.entries(value)
      .map(([key, one]) => deep(`${name}[${key}]`, one, text))
      .join("&");
  if (explode)
    return Object.entries(value)
      .map(([key, one]) => `${encodeURIComponent(key)}=${text(one)}`)
      .join("&");
  return `${name}=${partsOf(value, false, text).join(",")}`;
}

function deep(name: string, value: unknown, text: (one: unknown) => string): string {
  if (!isRecord(value))
    return Array.isArray(value) ? value.map((one) => `${name}=${text(one)}`).join("&") : `${name}=${text(value)}`;
  return Object.entries(value)
    .map(([key, one]) => deep(`${name}[${key}]`, one, text))
    .join("&");
}
