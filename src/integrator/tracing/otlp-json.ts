import { at, isRecord, text } from "../document.ts";
import { gatherSpans, type RawSpan, type Received, type Scalar, serviceOf } from "./span.ts";

/**
 * The spans of an `ExportTraceServiceRequest` in JSON (OTLP 1.x, JSON Protobuf encoding): ids in hexadecimal, 64-bit
 * numbers as text or number, enums as number or name; unknown keys are ignored. Errors: SyntaxError when it is not JSON,
 * TypeError when it is not such a request.
 */
export function decodeJson(body: Buffer): Received {
  const document: unknown = JSON.parse(body.toString("utf8"));
  if (!isRecord(document)) throw new TypeError("it is not a JSON object");
  const found = gatherSpans();
  for (const resourceSpans of list(document.resourceSpans, "resourceSpans")) {
    const service = serviceOf(attributesOf(at(resourceSpans, "resource", "attributes")));
    for (const scopeSpans of list(at(resourceSpans, "scopeSpans"), "scopeSpans"))
      for (const span of list(at(scopeSpans, "spans"), "spans")) found.add(service, rawSpan(span));
  }
  return found;
}

function list(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`${name} is not a list`);
  return value;
}

function rawSpan(span: unknown): RawSpan {
  return {
    traceId: text(at(span, "traceId")) ?? "",
    spanId: text(at(span, "spanId")) ?? "",
    parentSpanId: text(at(span, "parentSpanId")) ?? "",
    name: text(at(span, "name")) ?? "",
    kind: enumOf(at(span, "kind"), /^SPAN_KIND_/, [
      "UNSPECIFIED",
      "INTERNAL",
      "SERVER",
      "CLIENT",
      "PRODUCER",
      "CONSUMER",
    ]),
    start: nanoseconds(at(span, "startTimeUnixNano")),
    end: nanoseconds(at(span, "endTimeUnixNano")),
    status: enumOf(at(span, "status", "code"), /^STATUS_CODE_/, ["UNSET", "OK", "ERROR"]),
    attributes: attributesOf(at(span, "attributes")),
  };
}

function enumOf(value: unknown, prefix: RegExp, names: string[]): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Math.max(0, names.indexOf(value.replace(prefix, ""))) : 0;
}

function nanoseconds(value: unknown): bigint {
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  return typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

function* attributesOf(value: unknown): Generator<readonly [string, Scalar]> {
  for (const attribute of Array.isArray(value) ? value : []) {
    const key = text(at(attribute, "key"));
    const scalar = scalarOf(at(attribute, "value"));
    if (key !== undefined && scalar !== undefined) yield [key, scalar];
  }
}

function scalarOf(value: unknown): Scalar | undefined {
  const string = at(value, "stringValue");
  if (typeof string === "string") return string;
  const flag = at(value, "boolValue");
  if (typeof flag === "boolean") return flag;
  const number = at(value, "intValue") ?? at(value, "doubleValue");
  return typeof number === "number" || (typeof number === "string" && number !== "") ? Number(number) : undefined;
}
