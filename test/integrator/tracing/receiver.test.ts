import { once } from "node:events";
import { createConnection } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { decodeProtobuf } from "../../../src/integrator/tracing/otlp-protobuf.ts";
import { type Receiver, type ReceiverOptions, startReceiver } from "../../../src/integrator/tracing/receiver.ts";

const open: Receiver[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function receiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const made = await startReceiver(options);
  open.push(made);
  return made;
}

const traceId = "5b8efff798038103d269b633813fc60c";
const spanId = "eee19b7ec3c1b174";

/** The example of the OTLP specification. */
const example = (over: Record<string, unknown> = {}) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "my.service" } }] },
      scopeSpans: [
        {
          scope: { name: "my.library", version: "1.0.0" },
          spans: [
            {
              traceId: traceId.toUpperCase(),
              spanId,
              parentSpanId: "eee19b7ec3c1b173",
              name: "I'm a server span",
              startTimeUnixNano: "1544712660000000000",
              endTimeUnixNano: "1544712661500000000",
              kind: 2,
              attributes: [{ key: "my.span.attr", value: { stringValue: "some value" } }],
              ...over,
            },
          ],
        },
      ],
    },
  ],
});

/**
 * The same in binary, byte by byte (opentelemetry-proto 1.x): field numbers and wire types are written out, so that the
 * decoder is not tested with its own encoder.
 */
function binary(): Buffer {
  const bytes = (tag: number, ...parts: (Buffer | string)[]) => {
    const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const length = content.length < 128 ? [content.length] : [(content.length & 0x7f) | 0x80, content.length >> 7];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const fixed64 = (tag: number, value: bigint) => {
    const buffer = Buffer.alloc(9, tag);
    buffer.writeBigUInt64LE(value, 1);
    return buffer;
  };
  const attribute = (key: string, value: Buffer) => [bytes(0x0a, key), bytes(0x12, value)];
  const span = bytes(
    0x12, // ScopeSpans.spans = 2
    bytes(0x0a, Buffer.from(traceId, "hex")), // 1
    bytes(0x12, Buffer.from(spanId, "hex")), // 2
    bytes(0x22, Buffer.from("eee19b7ec3c1b173", "hex")), // 4
    bytes(0x2a, "I'm a server span"), // 5
    Buffer.from([0x30, 0x02]), // kind = 6, varint 2
    fixed64(0x39, 1544712660000000000n), // 7
    fixed64(0x41, 1544712661500000000n), // 8
    bytes(0x4a, ...attribute("my.span.attr", bytes(0x0a, "some value"))), // 9
    bytes(0x4a, ...attribute("http.response.status_code", Buffer.from([0x18, 0xf4, 0x03]))), // int 500
    bytes(0x4a, ...attribute("http.retry", Buffer.from([0x10, 0x01]))), // bool
    bytes(0x4a, ...attribute("load", fixed64(0x21, 0x3fe0000000000000n))), // double 0.5
    bytes(0x5a, fixed64(0x09, 1n), bytes(0x12, "event")), // 11, skipped
    bytes(0x7a, bytes(0x12, "broken"), Buffer.from([0x18, 0x02])), // status = 15, code 2
    Buffer.from([0x85, 0x01, 0x01, 0x01, 0x00, 0x00]), // flags = 16, fixed32, skipped
  );
  const resource = bytes(0x0a, bytes(0x0a, ...attribute("service.name", bytes(0x0a, "my.service"))));
  return bytes(0x0a, resource, bytes(0x12, bytes(0x0a, bytes(0x0a, "my.library")), span));
}

async function post(url: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type"), answer, text: answer.toString() };
}

const expected = {
  trace_id: traceId,
  span_id: spanId,
  parent_span_id: "eee19b7ec3c1b173",
  service: "my.service",
  name: "I'm a server span",
  kind: "server",
  start_ms: 1544712660000,
  duration_ms: 1500,
};

describe("what is received", () => {
  it("JSON, plain and gzip: the specification's own example", async () => {
    const { url, spans } = await receiver();
    const body = JSON.stringify(example());
    expect(await post(url, body)).toMatchObject({ status: 200, type: "application/json", text: "{}" });
    expect(await post(url, gzipSync(body), { "content-encoding": "gzip" })).toMatchObject({ status: 200, text: "{}" });
    expect(spans.all()).toHaveLength(2);
    for (const span of spans.all()) {
      expect(span).toMatchObject(expected);
      expect(span.attributes.get("my.span.attr")).toBe("some value");
    }
  });

  it("binary Protobuf, byte for byte, answered in kind", async () => {
    const { url, spans } = await receiver();
    const type = "application/x-protobuf";
    expect(await post(url, binary(), { "content-type": type })).toMatchObject({ status: 200, type, text: "" });
    const [span] = spans.all();
    expect(span).toMatchObject({ ...expected, failed: true });
    expect(Object.fromEntries(span?.attributes ?? [])).toEqual({
      ...{ "my.span.attr": "some value", "http.response.status_code": 500, "http.retry": true, load: 0.5 },
    });
  });

  it("enums by name, numbers as numbers, keys that nobody knows", async () => {
    const { url, spans } = await receiver();
    const span = {
      kind: "SPAN_KIND_CLIENT",
      startTimeUnixNano: 1544712660000000000,
      status: { code: "STATUS_CODE_ERROR" },
    };
    await post(url, JSON.stringify({ ...example({ ...span, later: { added: 1 } }), unknown: [] }));
    expect(spans.all()).toMatchObject([{ kind: "client", failed: true, start_ms: 1544712660000 }]);
  });
});

describe("partial success", () => {
  it("spans that are none are counted and the rest kept, in both encodings", async () => {
    const { url, spans } = await receiver();
    const document = example();
    const good = document.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    good.push(...(example({ traceId: "abc" }).resourceSpans[0]?.scopeSpans[0]?.spans ?? []));
    good.push(...(example({ spanId: "0000000000000000" }).resourceSpans[0]?.scopeSpans[0]?.spans ?? []));
    const { status, text } = await post(url, JSON.stringify(document));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      partialSuccess: { rejectedSpans: "2", errorMessage: "a trace id is not 16 bytes" },
    });
    expect(spans.all()).toHaveLength(1);
    const broken = binary();
    broken.fill(0, broken.indexOf(Buffer.from(traceId, "hex")), broken.indexOf(Buffer.from(traceId, "hex")) + 16);
    const { answer } = await post(url, broken, { "content-type": "application/x-protobuf" });
    // partial_success = 1 { rejected_spans = 1: 1, error_message = 2 }
    expect([...answer.subarray(0, 5)]).toEqual([0x0a, answer.length - 2, 0x08, 0x01, 0x12]);
    expect(answer.toString()).toContain("a trace id is not 16 bytes");
  });

  it("memory is bounded: the oldest make room", async () => {
    const { url, spans } = await receiver({ maxSpans: 50 });
    for (let index = 0; index < 120; index += 1) await post(url, JSON.stringify(example({ name: `span ${index}` })));
    expect(spans.count()).toBe(120);
    expect(spans.all().map(({ name }) => name)).toEqual(Array.from({ length: 50 }, (_, index) => `span ${index + 70}`));
  });
});

describe("garbage", () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ["another content type", "x", { "content-type": "text/plain" }, 415],
    ["another coding", "x", { "content-encoding": "br" }, 415],
    ["no JSON", "{", {}, 400],
    ["JSON that is no request", "[]", {}, 400],
    ["lists that are none", '{"resourceSpans": 7}', {}, 400],
    ["Protobuf that ends early", binary().subarray(0, 50), { "content-type": "application/x-protobuf" }, 400],
    ["Protobuf of random bytes", Buffer.alloc(200, 0xff), { "content-type": "application/x-protobuf" }, 400],
    ["no gzip", "plain", { "content-encoding": "gzip" }, 400],
    ["a gzip bomb", bomb, { "content-encoding": "gzip" }, 413],
    ["a huge body", Buffer.alloc(5 * 1024 * 1024, 0x20), {}, 413],
  ])("%s is refused, and the next is received", async (_what, body, headers, status) => {
    const { url, spans } = await receiver();
    const refused = await post(url, body, headers);
    expect(refused.status).toBe(status);
    const protobuf = headers["content-type"] === "application/x-protobuf";
    if (protobuf)
      expect(refused.answer[0]).toBe(0x12); // google.rpc.Status.message
    else expect(JSON.parse(refused.text)).toEqual({ message: expect.stringMatching(/\.$/) });
    expect((await post(url, JSON.stringify(example()))).status).toBe(200);
    expect(spans.all()).toHaveLength(1);
  });

  it("random bytes never make it throw anything but what becomes a 400", () => {
    let state = 7;
    const next = () => (state = (state * 1103515245 + 12345) & 0x7fffffff);
    const whole = binary();
    for (let round = 0; round < 3000; round += 1) {
      const body = Buffer.from(whole);
      for (let count = 0; count < 1 + (round % 5); count += 1) body[next() % body.length] = next() % 256;
      try {
        expect(decodeProtobuf(body).spans.length).toBeLessThanOrEqual(3);
      } catch (cause) {
        expect(cause).toBeInstanceOf(RangeError);
      }
    }
  });

  it("other methods and paths are told so", async () => {
    const { url } = await receiver();
    const got = await fetch(`${url}/v1/traces`);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await fetch(`${url}/v1/metrics`, { method: "POST", body: "{}" })).status).toBe(404);
  });

  it("who stops half way or breaks off costs nobody else anything", async () => {
    const { url, port, spans } = await receiver({ bodyTimeoutMs: 600 });
    const head =
      "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{";
    const halfClosed = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    halfClosed.end(head);
    const silent = createConnection({ port, host: "127.0.0.1" });
    silent.write(head);
    silent.on("error", () => {});
    const reset = createConnection({ port, host: "127.0.0.1" });
    reset.write(head, () => reset.resetAndDestroy());
    const ended = Promise.all([once(halfClosed.resume(), "close"), once(silent.resume(), "close")]);
    expect((await post(url, JSON.stringify(example()))).status).toBe(200);
    // Both are ended by the receiver, not by the test.
    await ended;
    expect(spans.all()).toHaveLength(1);
  });

  it("a port that is taken is said with what to do", async () => {
    const { port } = await receiver();
    await expect(startReceiver({ port })).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining("another port"),
    });
  });
});
