import type { Contract, ContractTestCase } from "../../model/contract.ts";
import type { Answers } from "./responses.ts";
import { SCRIPT_RUNNER } from "./runner-script.ts";

export interface Rendered {
  contract: Contract;
  cases: readonly ContractTestCase[];
  answers: Answers;
}

const PLAIN_BASE_URL = 'const baseUrl = () => process.env.BASE_URL ?? "";\n';

// Vitest replaces BASE_URL by the base path of its bundler: what the caller gave is in the environment it started with.
const VITEST_BASE_URL = String.raw`import { readFileSync } from "node:fs";
function baseUrl() {
  const given = [process.env.CONTRACT_BASE_URL, process.env.BASE_URL].find((url) => /^https?:/.test(url ?? ""));
  if (given !== undefined) return given;
  try {
    return /(?:^|\0)BASE_URL=(https?:[^\0]*)/.exec(readFileSync("/proc/self/environ", "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}
`;

const HEADS = {
  node: `import nodeTest from "node:test";\nconst define = (name, skip, run) => nodeTest(name, { skip }, run);\n${PLAIN_BASE_URL}`,
  vitest: `import { test as vitestTest } from "vitest";\n${VITEST_BASE_URL}const define = (name, skip, run) => (skip ? vitestTest.skip(name + " (" + skip + ")", run) : vitestTest(name, run));\n`,
  jest: `const define = (name, skip, run) => (skip ? test.skip(name + " (" + skip + ")", run) : test(name, run));\n${PLAIN_BASE_URL}`,
};

/** One test file for a JavaScript runner; it needs nothing but the runner and Node's own fetch. */
export function scriptFile({ contract, cases, answers }: Rendered, framework: keyof typeof HEADS): string {
  const { service_name, version, spec_hash } = contract;
  const told = `// Conformance tests of the ${oneLine(service_name)} contract, version ${version} (${spec_hash.slice(0, 12)}). Generated: change the contract instead.`;
  const how = "// BASE_URL: where the service is. AUTH_TOKEN: its credential, for operations that ask for one.";
  const lines = cases.map((one) => `  ${escaped(one)},`);
  return [
    told,
    how,
    HEADS[framework],
    `const CASES = [\n${lines.join("\n")}\n];\n`,
    `const ANSWERS = ${escaped(answers.operations)};\n`,
    `const SCHEMAS = ${escaped(answers.schemas)};\n`,
    SCRIPT_RUNNER,
  ].join("\n");
}

function escaped(value: unknown): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

export function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, " ");
}
