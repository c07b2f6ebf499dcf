import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createRemoteArchitect } from "../../src/architect/remote.ts";
import { createRemoteCodebase } from "../../src/codebase/remote.ts";
import { loadConfig } from "../../src/config.ts";
import { createContext } from "../../src/context.ts";
import { REMOTE_CONTRACT_TABLES } from "../../src/contracts/remote/tables.ts";
import { createRemoteContracts } from "../../src/contracts/remote.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { openDatabase } from "../../src/lib/db.ts";
import { silentLog } from "../../src/lib/log.ts";
import { checkBreakingChanges } from "../../src/tools/check-breaking-changes.ts";
import { getContract } from "../../src/tools/get-contract.ts";
import { proposeContractChange } from "../../src/tools/propose-contract-change.ts";
import { describeArchitect } from "../architect/architect-contract.ts";
import { LIBRARY_PRD } from "../architect/proposals.ts";
import { codebaseContract } from "../codebase/codebase-contract.ts";
import { engineContract } from "../contracts/engine-contract.ts";
import { NOTES } from "../contracts/notes-server.ts";
import { emptyFolder, ownServer } from "../remote.ts";

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
const SERVER = fileURLToPath(new URL("../../dist/server.js", import.meta.url));
const built = existsSync(SERVER);

describe.skipIf(!built)("the embedded backends behind a real connection", { timeout: 120_000 }, () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  describe("the contract engine", () => {
    engineContract(
      async () => {
        const folder = emptyFolder();
        const db = openDatabase(join(folder.path, "own.db"), [REMOTE_CONTRACT_TABLES]);
        const remote = ownServer(folder.path);
        ends.push(async () => {
          await remote.close();
          db.close();
          folder.remove();
        });
        return createRemoteContracts({ remote, db });
      },
      { cycle: null },
    );
  });

  describeArchitect("mcp", async () => {
    const folder = emptyFolder();
    const remote = ownServer(folder.path);
    ends.push(async () => {
      await remote.close();
      folder.remove();
    });
    mkdirSync(join(folder.path, ".super-orchestrator"));
    writeFileSync(join(folder.path, ".super-orchestrator", "config.yaml"), "architect: { backend: builtin }\n");
    const Handle = z.looseObject({ pipeline_id: z.string() });
    const { pipeline_id } = Handle.parse(await remote.call("init_pipeline", { prd: LIBRARY_PRD }));
    await remote.call("plan_pipeline", { pipeline_id });
    const Status = z.looseObject({ state: z.string() });
    for (let tries = 0; tries < 20; tries += 1) {
      const asked = { pipeline_id, wait_seconds: 10 };
      const { state } = Status.parse(await remote.call("get_pipeline_status", asked));
      if (state === "architect_review") break;
    }
    const architect = createRemoteArchitect({ remote, validate: validateContract });
    return { architect, plan: (request) => architect.plan(request) };
  });

  it("changes of a contract over there are refused here, which is read all the same", async () => {
    const [there, here] = [emptyFolder(), emptyFolder()];
    const args = [SERVER, "--workspace", there.path, "--toolsets", "all"];
    mkdirSync(join(here.path, ".super-orchestrator"));
    writeFileSync(
      join(here.path, ".super-orchestrator", "config.yaml"),
      JSON.stringify({ contracts: { backend: "mcp", mcp: { command: process.execPath, args } } }),
    );
    const ctx = createContext({ workspace: here.path, log: silentLog(), cliEntry: "unused" });
    ends.push(async () => {
      await ctx.close();
      for (const folder of [there, here]) folder.remove();
    });
    const call = { ctx, signal: new AbortController().signal, progress: () => {} };
    const engine = await ctx.contractsFor(loadConfig(here.path));
    const { id, spec } = await engine.register(NOTES, null);
    const answer = await getContract.run(getContract.input.parse({ contract_id: id, whole: true }), call);
    expect(answer).toMatchObject({ service_name: "notes-service", spec });
    const propose = async (contract_id: string) =>
      proposeContractChange.run(proposeContractChange.input.parse({ contract_id, spec: { ...spec, paths: {} } }), call);
    await expect(propose(id)).rejects.toMatchObject({
      code: "WRONG_STATE",
      message: expect.stringContaining("external contract engine"),
      remedy: expect.stringContaining("check_breaking_changes"),
    });
    await expect(propose("nobody")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const compared = await checkBreakingChanges.run(
      checkBreakingChanges.input.parse({ contract_id: id, new_spec: { ...spec, paths: {} } }),
      call,
    );
    expect(compared).toMatchObject({ breaking: true });
  });

  codebaseContract("behind MCP", async (root) => {
    const remote = ownServer(root);
    return { codebase: createRemoteCodebase({ remote, workspace: root }), close: () => remote.close() };
  });
});
