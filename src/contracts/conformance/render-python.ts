import { oneLine, type Rendered } from "./render-script.ts";
import { PYTHON_RUNNER } from "./runner-python.ts";

/** One test file for pytest with httpx. A JSON text in double quotes is a Python string as well. */
export function pythonFile({ contract, cases, answers }: Rendered): string {
  const { service_name, version, spec_hash } = contract;
  const name = oneLine(service_name);
  return [
    `# Conformance tests of the ${name} contract, version ${version} (${spec_hash.slice(0, 12)}). Generated: change the contract instead.`,
    "# BASE_URL: where the service is. AUTH_TOKEN: its credential, for operations that ask for one.",
    "import json\nimport math\nimport os\nimport re\nfrom urllib.parse import urlencode\n\nimport httpx\nimport pytest\n",
    `CASES = [\n${cases.map((one) => `    json.loads(${literal(one)}),`).join("\n")}\n]`,
    `ANSWERS = json.loads(${literal(answers.operations)})`,
    `SCHEMAS = json.loads(${literal(answers.schemas)})`,
    PYTHON_RUNNER,
  ].join("\n");
}

function literal(value: unknown): string {
  return JSON.stringify(JSON.stringify(value));
}
