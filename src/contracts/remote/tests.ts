import { z } from "zod";
import { AppError } from "../../lib/errors.ts";
import { slug } from "../../lib/ids.ts";
import { ContractTestCase, ContractTests, type TestFramework } from "../../model/contract.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, listOf } from "../../model/remote-answer.ts";

const BUILD1_FRAMEWORKS: TestFramework[] = ["pytest", "jest"];

const Tests = z.union([
  z.string(),
  z.looseObject({ test_code: z.string() }).transform(({ test_code }) => test_code),
  ContractTests.pick({ cases: true, files: true, command: true }).extend({ skipped: z.array(z.string()).optional() }),
  listOf(ContractTestCase, "cases"),
]);

export interface TestOptions {
  framework: TestFramework;
  include_negative?: boolean;
  /** Only these, where the engine can tell them apart. */
  operations?: readonly string[];
}

/** Conformance tests from an engine: source code (Build 1), cases (the specification), or both (ours). */
export async function remoteTests(
  remote: RemoteTools,
  contract_id: string,
  { framework, include_negative, operations }: TestOptions,
  build1: boolean,
): Promise<ContractTests> {
  if (build1 && !BUILD1_FRAMEWORKS.includes(framework))
    throw new AppError("INVALID_INPUT", `${remote.label} writes tests for ${BUILD1_FRAMEWORKS.join(" and ")} only.`, {
      remedy: "Ask for one of those, or use the embedded engine (contracts.backend: builtin).",
    });
  const offer = { contract_id, "framework|format": framework, include_negative, operations, whole: true };
  const tests = await askRemote(remote, "generate_tests", offer, Tests);
  const base = { contract_id, framework };
  if (Array.isArray(tests)) return { ...base, cases: tests, files: [], command: "" };
  if (typeof tests !== "string") return { ...base, ...tests };
  const path = fileName(contract_id, framework);
  return { ...base, cases: [], files: [{ path, content: tests }], command: commandFor(framework, path) };
}

function fileName(contract_id: string, framework: TestFramework): string {
  const name = slug(contract_id).replaceAll("-", "_");
  if (framework === "pytest") return `test_${name}.py`;
  return framework === "json" ? `${name}.json` : `${name}.test.js`;
}

function commandFor(framework: TestFramework, path: string): string {
  const runners = { pytest: "pytest", jest: "npx jest", vitest: "npx vitest run", node: "node --test", json: "" };
  return framework === "json" ? "" : `${runners[framework]} ${path}`;
}
