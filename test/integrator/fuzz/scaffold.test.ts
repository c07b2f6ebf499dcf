import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createScaffoldBuilder } from "../../../src/builders/scaffold/scaffold.ts";
import { fuzz } from "../../../src/integrator/fuzz/fuzz.ts";
import type { ContractDraft } from "../../../src/model/contract.ts";
import { freshSecret, registered, start, taskFor, temporaryFolder } from "../../builders/support.ts";

const spec: ContractDraft["spec"] = JSON.parse(
  readFileSync(new URL("../../builders/library.openapi.json", import.meta.url), "utf8"),
);

it("finds nothing in what the scaffold builder makes of a contract that others wrote", async () => {
  const task = taskFor(temporaryFolder(), "library", {
    contracts: [registered({ service_name: "library", type: "openapi", version: "1.0.0", spec })],
    consumed: [],
    domain_model: { entities: [], relationships: [], generated_at: "" },
  });
  await createScaffoldBuilder().build(task);
  const service = await start(task.output_dir, { JWT_SECRET: freshSecret() });
  const credentials = { headers: {}, api_keys: [] };
  const report = await fuzz({
    document: spec,
    url: service.url,
    credentials,
    seed: 3,
    max_examples: 20,
    signal: new AbortController().signal,
  });
  expect(report.operations.filter(({ skipped }) => skipped !== "")).toEqual([]);
  expect(report.violations).toEqual([]);
});
