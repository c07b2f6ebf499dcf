// How long comparing two versions of a large contract takes: `npx tsx bench/breaking-changes.ts [operations] [peer…]`.
// A peer is a command that gets both files as its last arguments, e.g. `oasdiff changelog -f json`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { compareContracts, readContractFile } from "../src/contracts/breaking/breaking.ts";

/** A contract with `operations` operations over a tenth as many schemas that refer to each other, in `version` 1 or 2. */
function contract(operations: number, version: 1 | 2): Record<string, unknown> {
  const resources = Math.ceil(operations / 5);
  const ref = (index: number) => ({ $ref: `#/components/schemas/Resource${index % resources}` });
  const content = (schema: object) => ({ "application/json": { schema } });
  const resource = (index: number) => ({
    type: "object",
    required: ["id", "name"],
    properties: {
      id: { type: "string", format: "uuid" },
      name: { type: "string", maxLength: version === 2 && index % 10 === 0 ? 50 : 80 },
      status: { type: "string", enum: version === 2 && index % 7 === 0 ? ["open"] : ["open", "closed"] },
      parent: ref(index + 1),
      children: { type: "array", items: ref(index + 2) },
      owner: { oneOf: [ref(index + 3), ref(index + 4), { type: "string" }] },
      details: { allOf: [{ type: "object", properties: { note: { type: "string" } } }, { required: ["note"] }] },
      ...(version === 2 && index % 13 === 0 ? { added: { type: "string" } } : {}),
    },
  });
  const limit = { name: "limit", in: "query", schema: { type: "integer", maximum: version === 1 ? 100 : 50 } };
  const id = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };
  const answer = (schema: object) => ({ description: "", content: content(schema) });
  const paths = Array.from({ length: resources }, (_, index) => [
    [
      `/resources${index}`,
      {
        get: {
          operationId: `list${index}`,
          parameters: [limit],
          responses: { 200: answer({ type: "array", items: ref(index) }) },
        },
        post: {
          operationId: `create${index}`,
          requestBody: { required: true, content: content(ref(index)) },
          responses: { 201: answer(ref(index)) },
        },
      },
    ],
    [
      `/resources${index}/{id}`,
      {
        parameters: [id],
        get: { operationId: `get${index}`, responses: { 200: answer(ref(index)), 404: { description: "" } } },
        put: {
          operationId: `update${index}`,
          requestBody: { required: true, content: content(ref(index)) },
          responses: { 200: answer(ref(index)) },
        },
        ...(version === 2 && index % 50 === 0
          ? {}
          : { delete: { operationId: `delete${index}`, responses: { 204: { description: "" } } } }),
      },
    ],
  ]).flat();
  return {
    openapi: "3.0.3",
    info: { title: "Bench", version: `${version}.0.0` },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(
        Array.from({ length: resources }, (_, index) => [`Resource${index}`, resource(index)]),
      ),
    },
  };
}

/** Time passed, and processor time of this process: the latter counts on a busy machine. */
function timed<Result>(label: string, work: () => Result): Result {
  const begin = performance.now();
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const passed = Math.round(performance.now() - begin);
  console.log(`${label.padEnd(44)} ${passed} ms, processor ${Math.round((user + system) / 1000)} ms`);
  return result;
}

const [count = "1000", ...peer] = process.argv.slice(2);
const [old, now] = [contract(Number(count), 1), contract(Number(count), 2)];
const text = JSON.stringify(old);
console.log(`${count} operations, ${Math.round(text.length / 1024)} KiB of JSON`);
timed("compare, no change", () => compareContracts(old, JSON.parse(text)));
const changes = timed("compare, changed", () => compareContracts(old, now));
console.log(`${changes.length} changes, ${changes.filter(({ breaking }) => breaking).length} breaking`);

const folder = mkdtempSync(join(tmpdir(), "breaking-"));
try {
  const files = (["json", "yaml"] as const).map((kind) =>
    [old, now].map((document, index) => {
      const path = join(folder, `${index}.${kind}`);
      writeFileSync(
        path,
        kind === "json" ? JSON.stringify(document) : stringify(document, { aliasDuplicateObjects: false }),
      );
      return path;
    }),
  );
  for (const [a = "", b = ""] of files)
    timed(`read and compare ${a.endsWith("json") ? "JSON" : "YAML"} files`, () =>
      compareContracts(readContractFile(a).document, readContractFile(b).document),
    );
  const [command, ...options] = peer;
  if (command !== undefined)
    for (const pair of files)
      timed(`${command} (${pair[0]?.endsWith("json") ? "JSON" : "YAML"})`, () =>
        spawnSync(command, [...options, ...pair], { timeout: 300_000 }),
      );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
