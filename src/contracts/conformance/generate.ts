import { AppError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Contract, ContractTestCase, ContractTests, TestFramework } from "../../model/contract.ts";
import { type HttpOperation, readApi } from "../exchange/operations.ts";
import { casesOf } from "./cases.ts";
import { pythonFile } from "./render-python.ts";
import { scriptFile } from "./render-script.ts";
import { answersOf } from "./responses.ts";
import { valueCases } from "./value-cases.ts";

/**
 * Conformance tests of a contract. Every case is checked against the contract first: valid and boundary requests fit it,
 * invalid ones break one keyword. Files send the requests to BASE_URL, with AUTH_TOKEN where credentials are asked for,
 * and check status, media type and body of the answers. Errors: INVALID_INPUT for files of a contract without HTTP.
 */
export function generateTests(contract: Contract, { framework, negative, operations }: TestRequest): ContractTests {
  const { id, type, service_name } = contract;
  if (type !== "openapi" && framework !== "json")
    throw new AppError("INVALID_INPUT", `A contract of type ${type} has no HTTP operations for ${framework} to call.`, {
      remedy: 'Pass format "json": the cases as data, with valid and invalid values for each event or schema.',
    });
  const name = service_name.replace(/[^A-Za-z0-9_-]/g, "-");
  if (type !== "openapi") {
    const { cases, skipped } = valueCases(contract, negative);
    const file = { path: `${name}.${type}.cases.json`, content: jsonFile(cases) };
    return { contract_id: id, framework, cases, files: [file], command: "", skipped };
  }
  const api = readApi(contract.spec, service_name);
  const cases: ContractTestCase[] = [];
  const skipped: string[] = [];
  for (const operation of picked(api.operations, operations)) {
    const made = casesOf(api, operation, negative);
    if (typeof made === "string") skipped.push(`${operation.name}: ${made}`);
    else cases.push(...made);
  }
  const answers = () => answersOf(api, new Set(cases.map(({ operation }) => operation)));
  const given = { contract, cases };
  const base = { contract_id: id, framework, cases, skipped };
  switch (framework) {
    case "json":
      return { ...base, files: [{ path: `${name}.cases.json`, content: jsonFile(cases) }], command: "" };
    case "pytest": {
      const path = `test_${name.replaceAll("-", "_")}_contract.py`;
      const files = [{ path, content: pythonFile({ ...given, answers: answers() }) }];
      return { ...base, files, command: `BASE_URL=http://localhost:8080 python -m pytest ${path}` };
    }
    default: {
      const path = `${name}.contract.test.${framework === "jest" ? "cjs" : "mjs"}`;
      const files = [{ path, content: scriptFile({ ...given, answers: answers() }, framework) }];
      const run = {
        node: `node --test ${path}`,
        vitest: `npx vitest run ${path}`,
        jest: `npx jest --testMatch '**/${path}'`,
      };
      const variable = framework === "vitest" ? "CONTRACT_BASE_URL" : "BASE_URL";
      return { ...base, files, command: `${variable}=http://localhost:8080 ${run[framework]}` };
    }
  }
}

export interface TestRequest {
  framework: TestFramework;
  negative: boolean;
  operations?: readonly string[] | undefined;
}

/** Errors: NOT_FOUND with the nearest operation. */
function picked(all: readonly HttpOperation[], wanted: readonly string[] | undefined): readonly HttpOperation[] {
  if (wanted === undefined || wanted.length === 0) return all;
  const means = ({ name, operation }: HttpOperation, one: string) => name === one || operation.node.operationId === one;
  const missing = wanted.find((one) => !all.some((operation) => means(operation, one)));
  if (missing === undefined) return all.filter((operation) => wanted.some((one) => means(operation, one)));
  const names = all.map(({ name }) => name);
  throw new AppError("NOT_FOUND", `The contract has no operation ${missing}.`, {
    remedy: `Give METHOD /path or an operationId, e.g. ${nearest(missing, names) ?? names[0] ?? "GET /"}.`,
  });
}

function jsonFile(cases: readonly ContractTestCase[]): string {
  return `${JSON.stringify({ cases }, null, 2)}\n`;
}
