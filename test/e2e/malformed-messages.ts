import { inputSchema } from "../../src/lib/zod-schema.ts";
import type { AnyTool } from "../../src/tools/define-tool.ts";
import { TOOLS } from "../../src/tools/index.ts";

/** One line for the server; `id` when it is a request that has to be answered. */
export interface Line {
  kind: string;
  text: string;
  id?: number;
}

/** Numbers from 0 up to 1, the same each time for one seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const deep = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** Values as JSON text: some cannot be written as an object here, prototype keys and depth among them. */
const WRONG_VALUES = [
  ...["null", "true", "0", "-1", "1e308", "1e999", "9007199254740993", '""', '" "', '"\\u0000"', '"\\ud800"'],
  ...["[]", "{}", "[null]", "[[[[]]]]", '{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'],
  ...[`"${"x".repeat(20_000)}"`, deep(2000, "[", "]"), deep(1000, '{"a":', "}").replace("}", "1}"), '"\\u202e\\u0007"'],
];

/** Paths that lead out, or run something where a shell would read them. */
const HOSTILE_TEXTS = [
  ...["../../../../etc/passwd", "/etc/passwd", "/proc/self/environ", "out", "out/passwd", "file:///etc/passwd", "~"],
  ...["$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "a\nb", "--help", "-rf", "%2e%2e%2fetc"],
  ...[
    "a\u0000b",
    "a".repeat(5000),
    "..",
    "C:\\Windows\\win.ini",
    "\\\\host\\share",
    "$HOME",
    "{{7*7}}",
    "'; DROP TABLE x",
  ],
];

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "run_pipelin", "x".repeat(50_000)];
const METHODS = [
  "no/such",
  "__proto__",
  "",
  "tools/",
  "TOOLS/LIST",
  "initialize2",
  "tools/call ",
  "sampling/createMessage",
];
const KNOWN_METHODS = [
  ...["tools/call", "tools/list", "resources/read", "resources/list", "resources/subscribe", "resources/unsubscribe"],
  ...["prompts/get", "prompts/list", "completion/complete", "logging/setLevel", "initialize"],
];
const NO_MESSAGES = [
  ...["{", "[]", "null", "1", '"x"', "{}", "\u0000\u0001", "nonsense", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0"}'],
  ...['{"jsonrpc":"2.0","method":5}', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}'],
  ...['{"jsonrpc":"2.0","id":999999,"result":{}}', '{"jsonrpc":"2.0","id":999999,"error":5}', deep(5000, "[", "]")],
];

/** So many malformed lines, the same each time for one seed. */
export function malformed(count: number, seed: number): Line[] {
  const next = numbers(seed);
  const pick = <One>(all: readonly One[]): One => all[Math.floor(next() * all.length)] as One;
  const lines: Line[] = [];
  const request = (kind: string, method: string, params: string | undefined) => {
    const id = 1000 + lines.length;
    const rest = params === undefined ? "" : `,"params":${params}`;
    lines.push({ kind, id, text: `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${rest}}` });
  };
  const call = (kind: string, name: string, given: Record<string, string>) =>
    request(kind, "tools/call", `{"name":${JSON.stringify(name)},"arguments":${objectOf(given)}}`);
  const kinds: (() => void)[] = [
    () => {
      const tool = pick(TOOLS);
      const fields = Object.keys(inputSchema(tool.input).properties ?? {});
      const given: Record<string, string> = {};
      for (const field of fields) if (next() < 0.5) given[field] = pick(WRONG_VALUES);
      call("wrong types", tool.name, harmless(tool, given));
    },
    () => {
      const tool = pick(TOOLS);
      const given: Record<string, string> = {};
      for (const [field, schema] of Object.entries(inputSchema(tool.input).properties ?? {}))
        if (schema.type === "string" && !schema.enum && next() < 0.7)
          given[field] = JSON.stringify(pick(HOSTILE_TEXTS));
      call("hostile texts", tool.name, harmless(tool, given));
    },
    () => call("unknown arguments", pick(TOOLS).name, { [pick(NAMES.slice(0, 6))]: pick(WRONG_VALUES) }),
    () => call("unknown tool", pick(NAMES), {}),
    () => request("arguments that are none", "tools/call", `{"name":"list_codes","arguments":${pick(NOT_OBJECTS)}}`),
    () => request("unknown method", pick(METHODS), next() < 0.5 ? undefined : pick(WRONG_VALUES)),
    () => request("wrong parameters", pick(KNOWN_METHODS), next() < 0.2 ? undefined : pick(WRONG_VALUES)),
    () => request("resource", "resources/read", `{"uri":${JSON.stringify(`orchestrator://${pick(HOSTILE_TEXTS)}`)}}`),
    () => request("resource", "resources/read", `{"uri":${JSON.stringify(pick([...NAMES, ...HOSTILE_TEXTS]))}}`),
    () => request("prompt", "prompts/get", `{"name":${JSON.stringify(pick(NAMES))},"arguments":{"prd":"x"}}`),
    () =>
      request(
        "completion",
        "completion/complete",
        `{"ref":{"type":"ref/prompt","name":${JSON.stringify(pick(NAMES))}},"argument":{"name":"a","value":"b"}}`,
      ),
    () => void lines.push({ kind: "no message", text: pick(NO_MESSAGES) }),
  ];
  while (lines.length < count) pick(kinds)();
  return lines;
}

const NOT_OBJECTS = ["null", "5", '"x"', "[]", "[1]", "true"];

/** What changes something must not get as far as doing it: an argument that it does not have stops it. */
function harmless({ hints, name }: AnyTool, given: Record<string, string>): Record<string, string> {
  if (hints.readOnly && name !== "get_pipeline_status") return given;
  return { ...given, no_such_argument: "1" };
}

/** Written by hand: a literal `__proto__` would not become a key. */
function objectOf(given: Record<string, string>): string {
  return `{${Object.entries(given)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
    .join(",")}}`;
}
