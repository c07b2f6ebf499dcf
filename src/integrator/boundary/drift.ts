import type { IntegrationCodeName } from "../codes.ts";
import { type Field, isNullable, keyword, numberOf, typesOf, valuesOf } from "./field.ts";

/** How a field's receiver sees it differently than its sender. */
export interface Drift {
  code: IntegrationCodeName;
  message: string;
}

/** Ways in which a value that the sender's contract allows is not one that the receiver's contract allows. */
export function driftsOf(sent: Field, received: Field, hasOneName: boolean): Drift[] {
  return [
    ...(hasOneName ? nameDrift(sent, received) : []),
    ...typeDrift(sent, received),
    ...formatDrift(sent, received),
    ...emptyDrift(sent, received),
    ...enumDrift(sent, received),
    ...boundDrift(sent, received),
  ];
}

function nameDrift(sent: Field, received: Field): Drift[] {
  if (sent.name === received.name) return [];
  return [
    { code: "BOUNDARY-001", message: `is called ${sent.name} where it is sent and ${received.name} where it is read` },
  ];
}

const NUMBERS = new Set(["number", "integer"]);

function typeDrift(sent: Field, received: Field): Drift[] {
  const [from, to] = [typesOf(sent), typesOf(received)];
  if (from.size === 0 || to.size === 0) return [];
  const wrong = [...from].filter((type) => !to.has(type) && !(type === "integer" && to.has("number")));
  const [first] = wrong;
  if (first === undefined) return [];
  const kinds = [...to];
  const message = `is ${first} where it is sent and ${kinds.join(" or ")} where it is read`;
  // A text that is a UUID or a date is no number in text.
  const format = keyword(first === "string" ? sent : received, "format");
  const mayBeNumber = format === undefined || (typeof format === "string" && NUMERIC.has(format));
  const other = first === "string" ? kinds.some((one) => NUMBERS.has(one)) : NUMBERS.has(first) && to.has("string");
  const isEncoding = mayBeNumber && other;
  const isNumber = first === "number" && to.has("integer");
  return [{ code: isEncoding || isNumber ? "BOUNDARY-006" : "BOUNDARY-002", message }];
}

/** Formats whose values do not all have the other one. */
const WIDER: Record<string, string[]> = { int64: ["int32"], double: ["float"] };

function formatDrift(sent: Field, received: Field): Drift[] {
  const [from, to] = [keyword(sent, "format"), keyword(received, "format")];
  if (typeof from !== "string" || typeof to !== "string" || from === to) return [];
  const message = `has the format ${from} where it is sent and ${to} where it is read`;
  if (NUMERIC.has(from) || NUMERIC.has(to)) return WIDER[from]?.includes(to) ? [{ code: "BOUNDARY-006", message }] : [];
  const [types, others] = [typesOf(sent), typesOf(received)];
  return types.has("string") && others.has("string") ? [{ code: "BOUNDARY-003", message }] : [];
}

const NUMERIC = new Set(["int32", "int64", "float", "double", "decimal", "byte", "binary"]);

function emptyDrift(sent: Field, received: Field): Drift[] {
  const found: Drift[] = [];
  if (isNullable(sent) && typesOf(received).size > 0 && !isNullable(received))
    found.push({ code: "BOUNDARY-004", message: "may be null where it is sent and must not be where it is read" });
  if (received.required && !sent.required)
    found.push({ code: "BOUNDARY-004", message: "may be missing where it is sent and is required where it is read" });
  return found;
}

function enumDrift(sent: Field, received: Field): Drift[] {
  const [from, to] = [valuesOf(sent), valuesOf(received)];
  if (from === undefined || to === undefined) return [];
  const unknown = from.filter((value) => !to.includes(value));
  if (unknown.length === 0) return [];
  const shown = unknown.map((value) => JSON.stringify(value)).join(", ");
  return [{ code: "BOUNDARY-005", message: `may be ${shown} where it is sent, which is unknown where it is read` }];
}

function boundDrift(sent: Field, received: Field): Drift[] {
  const found: Drift[] = [];
  const length = keyword(sent, "format") === "uuid" ? 36 : numberOf(sent, "maxLength");
  const most = numberOf(received, "maxLength");
  if (length !== undefined && most !== undefined && length > most)
    found.push({
      code: "BOUNDARY-007",
      message: `may have ${length} characters where it is sent and ${most} where it is read`,
    });
  const [highest, limit] = [numberOf(sent, "maximum"), numberOf(received, "maximum")];
  if (highest !== undefined && limit !== undefined && highest > limit)
    found.push({
      code: "BOUNDARY-006",
      message: `may be ${highest} where it is sent and at most ${limit} where it is read`,
    });
  const [lowest, floor] = [numberOf(sent, "minimum"), numberOf(received, "minimum")];
  if (lowest !== undefined && floor !== undefined && lowest < floor)
    found.push({
      code: "BOUNDARY-006",
      message: `may be ${lowest} where it is sent and at least ${floor} where it is read`,
    });
  return found;
}
