import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createContext } from "../../../src/context.ts";
import { createContractChanges } from "../../../src/contracts/changes.ts";
import { createContractRegistry } from "../../../src/contracts/registry.ts";
import { createLog } from "../../../src/lib/log.ts";
import { runOperation } from "../../../src/lib/operation.ts";
import { breakingChangesCommand, checkBreakingChanges } from "../../../src/tools/check-breaking-changes.ts";
import type { AnyTool } from "../../../src/tools/define-tool.ts";

const workspace = mkdtempSync(join(tmpdir(), "breaking-tool-"));
const ctx = createContext({ workspace, log: createLog({ name: "test", level: "silent" }), cliEntry: "cli.js" });
afterAll(() => {
  ctx.close();
  rmSync(workspace, { recursive: true, force: true });
});

const call = { ctx, signal: new AbortController().signal, progress: () => {} };
const run = (tool: AnyTool, input: object) => runOperation(tool, input, async () => call);

const Pet = (type: string) => ({ type: "object", properties: { id: { type }, name: { type: "string" } } });
const pets = (type: string, more: object = {}) => ({
  openapi: "3.0.3",
  info: { title: "Pets", version: "1.0.0" },
  paths: Object.fromEntries(
    ["/pets", "/cats", "/dogs"].map((path) => [
      path,
      {
        get: {
          responses: {
            200: { description: "", content: { "application/json": { schema: { $ref: "#/components/schemas/Pet" } } } },
          },
        },
      },
    ]),
  ),
  components: { schemas: { Pet: Pet(type) } },
  ...more,
});
writeFileSync(join(workspace, "old.json"), JSON.stringify(pets("string")));
writeFileSync(
  join(workspace, "new.json"),
  JSON.stringify(pets("integer", { servers: [{ url: "https://pets.example" }] })),
);

test("the tool tells a change of a shared schema once, what breaks first, page by page", async () => {
  const answer = await run(checkBreakingChanges, { old: "old.json", new: "new.json", limit: 1 });
  expect(answer).toMatchObject({
    breaking: true,
    total: 2,
    total_breaking: 1,
    changes: [{ id: "response-property-type-changed", method: "GET", path: "/pets", more_operations: 2 }],
    next_cursor: "1",
  });
  const rest = await run(checkBreakingChanges, { old: "old.json", new: "new.json", limit: 1, cursor: "1" });
  expect(rest).toMatchObject({ changes: [{ id: "server-added" }], next_cursor: null });
  expect(checkBreakingChanges.exitCode?.(answer)).toBe(1);
  expect(checkBreakingChanges.text(answer)).toContain("and in 2 other operations");
});

test("nothing breaks: the page may be empty, the verdict is of everything", async () => {
  const same = await run(checkBreakingChanges, { old: "old.json", new: "old.json" });
  expect(same).toMatchObject({ breaking: false, changes: [], next_step: "Nothing changed." });
  expect(checkBreakingChanges.exitCode?.(same)).toBe(0);
  const severe = await run(checkBreakingChanges, { old: "new.json", new: "old.json", min_severity: "error" });
  expect(severe).toMatchObject({ breaking: true, total: 1 });
});

test("the command writes JSON, Markdown and text", async () => {
  const command = async (format: string) =>
    breakingChangesCommand.text(await run(breakingChangesCommand, { old: "old.json", new: "new.json", format }));
  const json = JSON.parse(await command("json"));
  expect(Object.keys(json)).toEqual(["breaking", "changes", "unread_references"]);
  expect(json.breaking).toBe(true);
  expect(
    json.changes
      .filter((change: { breaking: boolean }) => change.breaking)
      .map((change: { path: string }) => change.path),
  ).toEqual(["/pets", "/cats", "/dogs"]);
  expect(Object.keys(json.changes[0])).toEqual([
    "id",
    "breaking",
    "severity",
    "method",
    "path",
    "pointer",
    "message",
    "old_value",
    "new_value",
  ]);
  expect(await command("markdown")).toMatch(
    /^# API changes\n\n2 changes, 1 of them breaking\.\n\n## Breaking\n\n### GET \/pets\n\n- \*\*error\*\* /,
  );
  expect(await command("text")).toMatch(
    /^GET \/pets\n {2}breaking response-property-type-changed: .*\nThe document\n.*\n2 changes, 1 of them breaking\.$/,
  );
});

test("a registered contract is compared with a new one, and with the version before it", async () => {
  ctx.createStore();
  const registry = createContractRegistry(ctx.db);
  const draft = (type: string, version: string) => ({
    service_name: "pets",
    type: "openapi" as const,
    version,
    spec: pets(type),
  });
  const first = await registry.register(draft("string", "1.0.0"), "build-1");
  const second = await registry.register(draft("integer", "2.0.0"), "build-2");
  for (const new_spec of [pets("integer"), JSON.stringify(pets("integer"))])
    expect(await run(checkBreakingChanges, { contract_id: first.id, new_spec })).toMatchObject({
      breaking: true,
      total_breaking: 1,
    });
  expect(await run(checkBreakingChanges, { contract_id: first.id, new: "old.json" })).toMatchObject({
    breaking: false,
  });
  expect(await run(checkBreakingChanges, { contract_id: second.id })).toMatchObject({
    breaking: true,
    total_breaking: 1,
  });
  await expect(run(checkBreakingChanges, { contract_id: first.id })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("the first registered"),
  });
  const changes = createContractChanges(ctx.db, registry);
  const request = await changes.propose({ contract_id: second.id, spec: pets("string"), reason: "" });
  const third = changes.accept(request.id, [], "");
  expect(await run(checkBreakingChanges, { contract_id: third.id })).toMatchObject({ total_breaking: 1 });
  const between = { contract_id: third.id, old_version: "2.0.0", new_version: third.version };
  expect(await run(checkBreakingChanges, between)).toMatchObject({ total_breaking: 1 });
  await expect(run(checkBreakingChanges, { contract_id: third.id, old_version: "9.0.0" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    remedy: expect.stringContaining("2.0.0, 3.0.0"),
  });
  await expect(run(checkBreakingChanges, { contract_id: "none", new: "old.json" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test.each([
  [{}, "Give the old contract"],
  [{ old: "old.json" }, "Only the old contract"],
  [{ old: "old.json", contract_id: "x", new: "new.json" }, "Give the old contract"],
  [{ old: "old.json", new: "new.json", new_spec: {} }, "Both new"],
  [{ old: "old.json", new: "new.json", cursor: "x" }, "not a cursor"],
  [{ old: "old.json", new: "gone.json" }, "There is no file"],
])("refuses %j", async (input, message) => {
  await expect(run(checkBreakingChanges, input)).rejects.toMatchObject({ message: expect.stringContaining(message) });
});
