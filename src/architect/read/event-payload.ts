import type { Shape } from "../outline.ts";
import { parseShape, shapeWithin } from "./shapes.ts";
import { codeSpans, namesIn } from "./text.ts";

/** Words that say in which direction a heading, label or column points. */
export const SUBSCRIBES = /subscri|consum|listen|handled|incoming|inbound/i;
export const PUBLISHES = /publish|emit|produc|outgoing|outbound|raised/i;

export type Direction = "publish" | "consume" | "none";

/** Whether what stands below a heading or label is published or consumed; "none" for both, null when it does not say. */
export function directionOf(text: string): Direction | null {
  if (SUBSCRIBES.test(text)) return PUBLISHES.test(text) ? "none" : "consume";
  return PUBLISHES.test(text) ? "publish" : null;
}

/** A payload as written in a cell or behind a label: a shape, or a list of field names. */
export function payloadOf(text: string): Shape | null {
  if (text === "") return null;
  if (/[{[]/.test(text)) return shapeWithin(codeSpans(text).find((span) => span.includes("{")) ?? text);
  const named = parseShape(text);
  if (named !== null && !text.includes(",")) return named;
  const names = namesIn(text).map((name) =>
    /^([\p{L}_][\p{L}\p{N}_]*)(\[\])?\??(?:\s*[:(]\s*([^)]*)\)?)?$/u.exec(name),
  );
  if (names.length === 0 || names.some((match) => match === null)) return null;
  return parseShape(
    `{ ${names.map((match) => `${match?.[1]}${match?.[2] ?? ""}${match?.[3] ? `: ${match[3]}` : ""}`).join(", ")} }`,
  );
}

/** The payload inside an envelope `{ event_id, event_type, payload: { … } }`. */
export function unwrapped(shape: Shape | null): Shape | null {
  if (shape?.kind !== "object") return shape;
  const inner = shape.fields.find((field) => /^(?:payload|data)$/.test(field.name) && field.shape.kind === "object");
  const envelope = shape.fields.some((field) => /^(?:event_?(?:id|type|name)|type)$/i.test(field.name));
  return inner !== undefined && envelope ? inner.shape : shape;
}
