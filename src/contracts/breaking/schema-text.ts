import { canonicalJson } from "../../lib/ids.ts";
import { isJson } from "../document.ts";

const ANNOTATIONS = new Set(["title", "description", "example", "examples", "externalDocs", "$comment", "xml"]);

const texts = new WeakMap<object, string>();

/** A schema as text, without what only explains. */
export function plainText(value: unknown): string {
  if (value === null || typeof value !== "object") return canonicalJson(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = canonicalJson(withoutAnnotations(value));
  texts.set(value, text);
  return text;
}

function withoutAnnotations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (!isJson(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => !(ANNOTATIONS.has(key) && !isJson(inner)) && !/^x-/.test(key),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutAnnotations(inner)]));
}
