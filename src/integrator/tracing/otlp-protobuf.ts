import { type Field, fieldsOf } from "./protobuf.ts";
import { gatherSpans, type RawSpan, type Received, type Scalar, serviceOf } from "./span.ts";

/**
 * The spans of an `ExportTraceServiceRequest` in binary Protobuf (opentelemetry-proto 1.x, trace/v1/trace.proto): the
 * fields a report needs by their numbers, the rest skipped. Errors: RangeError when it is malformed.
 */
export function decodeProtobuf(body: Buffer): Received {
  const found = gatherSpans();
  for (const resourceSpans of messages(body, 1)) {
    const resource = messages(resourceSpans, 1).at(-1) ?? Buffer.alloc(0);
    const service = serviceOf(attributesOf(resource, 1));
    for (const scopeSpans of messages(resourceSpans, 2))
      for (const span of messages(scopeSpans, 2)) found.add(service, rawSpan(span));
  }
  return found;
}

/** The messages of one field; other wire types under its number are no messages. */
function messages(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  for (const { number, value } of fieldsOf(message)) if (number === wanted && Buffer.isBuffer(value)) found.push(value);
  return found;
}

function rawSpan(message: Buffer): RawSpan {
  const raw = { traceId: "", spanId: "", parentSpanId: "", name: "", kind: 0, start: 0n, end: 0n, status: 0 };
  for (const field of fieldsOf(message)) {
    if (field.number === 1) raw.traceId = bytesOf(field).toString("hex");
    else if (field.number === 2) raw.spanId = bytesOf(field).toString("hex");
    else if (field.number === 4) raw.parentSpanId = bytesOf(field).toString("hex");
    else if (field.number === 5) raw.name = bytesOf(field).toString("utf8");
    else if (field.number === 6) raw.kind = Number(numberOf(field));
    else if (field.number === 7) raw.start = numberOf(field);
    else if (field.number === 8) raw.end = numberOf(field);
    else if (field.number === 15)
      for (const inner of fieldsOf(bytesOf(field))) if (inner.number === 3) raw.status = Number(numberOf(inner));
  }
  return { ...raw, attributes: attributesOf(message, 9) };
}

function bytesOf({ value }: Field): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function numberOf({ value }: Field): bigint {
  return Buffer.isBuffer(value) ? 0n : value;
}

function* attributesOf(message: Buffer, wanted: number): Generator<readonly [string, Scalar]> {
  for (const attribute of messages(message, wanted)) {
    let key = "";
    let scalar: Scalar | undefined;
    for (const field of fieldsOf(attribute)) {
      if (field.number === 1) key = bytesOf(field).toString("utf8");
      else if (field.number === 2) scalar = scalarOf(bytesOf(field));
    }
    if (key !== "" && scalar !== undefined) yield [key, scalar];
  }
}

/** An `AnyValue`; lists, maps and bytes are left out. */
function scalarOf(message: Buffer): Scalar | undefined {
  for (const field of fieldsOf(message)) {
    if (field.number === 1) return bytesOf(field).toString("utf8");
    if (field.number === 2) return numberOf(field) !== 0n;
    if (field.number === 3) return Number(BigInt.asIntN(64, numberOf(field)));
    if (field.number === 4) {
      const bits = Buffer.alloc(8);
      bits.writeBigUInt64LE(numberOf(field));
      return bits.readDoubleLE();
    }
  }
  return undefined;
}
