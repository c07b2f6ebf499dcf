import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createBuiltinCodebase } from "../../src/codebase/builtin.ts";
import { codebaseContract } from "./codebase-contract.ts";

const scratch = mkdtempSync(join(tmpdir(), "codebase-index-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

codebaseContract("builtin", async (root) => {
  const codebase = createBuiltinCodebase({ root, index: join(scratch, "index.db") });
  return { codebase, close: () => codebase.close() };
});
