import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ContractTests, TestFramework } from "../../src/model/contract.ts";
import { FORMS, startForms } from "./forms-server.ts";
import { NOTES, startNotes } from "./notes-server.ts";
import { embedded } from "./support.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const python = process.env.TEST_PYTHON ?? "python3";
const hasPytest = spawnSync(python, ["-c", "import pytest, httpx"]).status === 0;

const one = embedded();
let folder: string;
let notes: Awaited<ReturnType<typeof startNotes>> | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "generated-"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => notes?.stop());
afterAll(() => {
  one.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function written(framework: TestFramework, contract = NOTES): Promise<ContractTests> {
  const { id } = await one.engine.register(contract, null);
  const made = await one.engine.generateTests(id, { framework });
  for (const { path, content } of made.files) writeFileSync(join(folder, path), content);
  return made;
}

/** Run a command in the folder, with the service's address as the generated tests want it. */
function run(command: string, args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  const { NODE_TEST_CONTEXT: _nested, VITEST: _runner, ...inherited } = process.env;
  return new Promise((resolve) => {
    execFile(command, args, { cwd: folder, env: { ...inherited, ...env, NO_COLOR: "1" } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

const RUNNERS: [TestFramework, (path: string) => [string, string[]], boolean][] = [
  ["node", (path) => [process.execPath, ["--test", path]], true],
  [
    "vitest",
    (path) => [process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", ".", path]],
    true,
  ],
  ["pytest", (path) => [python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", path]], hasPytest],
];

for (const [framework, command, present] of RUNNERS)
  describe.skipIf(!present)(
    `generated for ${framework}${present ? "" : " (skipped: no python3 with pytest and httpx; see TEST_PYTHON)"}`,
    () => {
      const runAt = async (made: ContractTests, env: Record<string, string>) => {
        const [program, args] = command(made.files[0]?.path ?? "");
        return run(program, args, env);
      };

      it("pass on a service that keeps the contract", async () => {
        const made = await written(framework);
        notes = await startNotes("open-sesame");
        const { code, output } = await runAt(made, { BASE_URL: notes.url, AUTH_TOKEN: "open-sesame" });
        expect(output).not.toMatch(/not ok|FAILED/);
        expect(code).toBe(0);
        expect(made.cases.length).toBeGreaterThan(25);
        expect(output).toMatch(new RegExp(`(# pass|Tests) +${made.cases.length}\\b|${made.cases.length} passed`));
      }, 60_000);

      it("find a bound that is not kept, and name it", async () => {
        const made = await written(framework);
        notes = await startNotes("open-sesame", { longTitles: true });
        const { code, output } = await runAt(made, {
          BASE_URL: notes.url,
          CONTRACT_BASE_URL: notes.url,
          AUTH_TOKEN: "open-sesame",
        });
        expect(code).not.toBe(0);
        expect(output).toContain("body /title maxLength");
        expect(output).toContain("status 201, expected 4XX");
      }, 60_000);

      it("find an answer that does not fit its schema", async () => {
        const made = await written(framework);
        notes = await startNotes("open-sesame", { wrongAnswer: true });
        const { code, output } = await runAt(made, { BASE_URL: notes.url, AUTH_TOKEN: "open-sesame" });
        expect(code).not.toBe(0);
        expect(output).toContain("/priority: is above 3");
      }, 60_000);

      it("send forms and files as a service reads them, and find what it should refuse", async () => {
        const made = await written(framework, FORMS);
        notes = await startForms();
        const kept = await runAt(made, { BASE_URL: notes.url, CONTRACT_BASE_URL: notes.url });
        expect(kept.output).not.toMatch(/not ok|FAILED/);
        expect(kept.code).toBe(0);
        await notes.stop();
        notes = await startForms({ anyAmount: true });
        const { code, output } = await runAt(made, { BASE_URL: notes.url, CONTRACT_BASE_URL: notes.url });
        expect(code).not.toBe(0);
        expect(output).toContain("body /copies maximum");
        expect(output).toContain("body /amount maximum");
        expect(output).toContain("status 201, expected 4XX");
      }, 60_000);

      it("skip visibly what needs a credential that was not given, and fail without an address", async () => {
        const made = await written(framework);
        notes = await startNotes("open-sesame");
        const { code, output } = await runAt(made, {
          BASE_URL: notes.url,
          CONTRACT_BASE_URL: notes.url,
          AUTH_TOKEN: "",
        });
        expect(code).toBe(0);
        expect(output).toMatch(/skip/i);
        const lost = await runAt(made, { BASE_URL: "", CONTRACT_BASE_URL: "", AUTH_TOKEN: "x" });
        expect(lost.code).not.toBe(0);
        expect(lost.output).toContain("Set BASE_URL");
      }, 60_000);
    },
  );

describe("generating", () => {
  it("says in neutral form how the parts of a multipart body are sent", async () => {
    const { cases } = await written("json", FORMS);
    const names = cases.map(({ name }) => name);
    const upload = cases.find(({ name }) => name === "POST /uploads valid: with everything");
    expect(upload?.request).toMatchObject({
      headers: { "content-type": "multipart/form-data" },
      body: { title: expect.any(String), picture: expect.any(String), copies: expect.any(Number) },
      parts: {
        picture: { content_type: "image/png", filename: "picture" },
        place: { content_type: "application/json" },
      },
    });
    expect(names).toEqual(
      expect.arrayContaining([
        "POST /uploads boundary: body required",
        "POST /uploads boundary: body /copies maximum",
        "POST /uploads invalid: body /copies type",
        "POST /uploads invalid: body /picture required",
        "POST /uploads invalid: body /place/row minimum",
        "POST /orders invalid: body /name maxLength",
      ]),
    );
    // Every text is a text: these would be accepted.
    expect(names).not.toContain("POST /orders invalid: body /name type");
  });

  it("for jest gives CommonJS that needs nothing", async () => {
    const made = await written("jest");
    expect(made.files[0]?.path).toBe("notes-service.contract.test.cjs");
    expect(made.files[0]?.content).not.toMatch(/^import /m);
    expect(made.command).toContain("jest");
  });

  it("runnable files for events is refused, their cases are data", async () => {
    const events = {
      asyncapi: "3.0.0",
      info: { title: "E", version: "1.0.0" },
      channels: {
        c: {
          address: "note.added",
          messages: { M: { payload: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } } },
        },
      },
      operations: { s: { action: "send", channel: { $ref: "#/channels/c" } } },
    };
    const { id } = await one.engine.register(
      { service_name: "events", type: "asyncapi", version: "1.0.0", spec: events },
      null,
    );
    await expect(one.engine.generateTests(id, { framework: "vitest" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    const { cases } = await one.engine.generateTests(id, { framework: "json" });
    expect(cases.map(({ name }) => name)).toContain("SEND note.added invalid: /id required");
  });

  it("for one operation leaves the others out; an unknown one is refused with the nearest", async () => {
    const { id } = await one.engine.register(NOTES, null);
    const { cases } = await one.engine.generateTests(id, { framework: "json", operations: ["getNote"] });
    expect(new Set(cases.map(({ operation }) => operation))).toEqual(new Set(["GET /notes/{number}"]));
    await expect(one.engine.generateTests(id, { framework: "json", operations: ["GET /note"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
