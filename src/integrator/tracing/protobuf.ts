/** One field of a message: a number for varints and fixed widths, bytes for the rest. */
export interface Field {
  number: number;
  value: bigint | Buffer;
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/**
 * The fields of a Protocol Buffers message in their order; groups are no part of proto3. Errors: RangeError when the
 * message ends early or has a wire type that does not exist.
 */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset];
      if (byte === undefined) throw new RangeError("the message ends inside a number");
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number has more than ten bytes");
  };
  const bytes = (length: number): Buffer => {
    if (length > message.length - offset) throw new RangeError("the message ends inside a field");
    offset += length;
    return message.subarray(offset - length, offset);
  };
  while (offset < message.length) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    if (number === 0) throw new RangeError("a field has the number 0");
    const wire = key % 8;
    if (wire === VARINT) yield { number, value: varint() };
    else if (wire === FIXED_64) yield { number, value: bytes(8).readBigUInt64LE() };
    else if (wire === BYTES) yield { number, value: bytes(Number(varint())) };
    else if (wire === FIXED_32) yield { number, value: BigInt(bytes(4).readUInt32LE()) };
    else throw new RangeError(`wire type ${wire} does not exist`);
  }
}

/** A field as it is written: text and messages with their length, numbers as varints. */
export function field(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === "number") return Buffer.concat([varintOf(number * 8 + VARINT), varintOf(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varintOf(number * 8 + BYTES), varintOf(bytes.length), bytes]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}
