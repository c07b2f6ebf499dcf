import type { Contract } from "../../model/contract.ts";
import type { Finding } from "../../model/finding.ts";
import { urlVariable } from "../../model/service-map.ts";
import type { BuildTask } from "../port.ts";
import { contractFiles } from "./contract-files.ts";
import { prdPart } from "./prd-part.ts";

/** Characters. A brief is read by a model with every answer: what does not fit here lies in a file. */
const MAX_PRD = 20_000;
const MAX_LINES = 60;
const MAX_FINDINGS = 40;
const MAX_MODEL = 12_000;

/** What an agent has to know of its service; the same task gives the same text. Bounded to about 45 000 characters. */
export function briefOf(task: BuildTask): string {
  const { service, domain_model } = task;
  const owned = domain_model.entities.filter(({ name }) => service.owns_entities.includes(name));
  const { language, framework, database, message_broker } = service.stack;
  const stack = [language, framework, database, message_broker].filter(Boolean).join(", ");
  return [
    `# ${service.name}`,
    `You build one service of a larger system: ${service.name}. ${service.description}`.trim(),
    section("Rules", [
      "Write into this folder only. Anything written outside it is taken back and the run counts as failed.",
      "The files in contracts/ are frozen and compared by hash when you end. Build to them; never edit them. If one is wrong, propose a change with the tool propose_contract_change and say so in your answer.",
      "Your own word counts for nothing: afterwards the service is installed, built and tested with its own commands, deployed, and tested against its contracts. Ship real tests that run with the usual command of the stack.",
      `Listen on the port in PORT (default ${service.port}); answer GET ${service.health_endpoint} with 200 when healthy. Ship a Dockerfile.`,
      "Leave no secrets, stubs, mock data or TODOs. Log as JSON lines, with the trace id of the request.",
    ]),
    section("Stack", [stack, service.is_frontend ? "It is a frontend." : ""]),
    section(
      "Contracts",
      contractFiles(task).map(
        ({ path, contract, own }) =>
          `${path} — ${own ? "yours" : `of ${contract.service_name}, which you use`}, version ${contract.version}, sha256 ${contract.spec_hash}`,
      ),
    ),
    section("Your operations", limited(task.contracts.flatMap(operationsOf))),
    section("Events", [
      service.events_published.length > 0 ? `You publish ${service.events_published.join(", ")}.` : "",
      service.events_subscribed.length > 0 ? `You listen to ${service.events_subscribed.join(", ")}.` : "",
    ]),
    section(
      "Services you call",
      service.depends_on.map((name) => `${name}: base URL in the environment variable ${urlVariable(name)}`),
    ),
    json("Entities you own, with their states", owned),
    `## What the requirements say\n\n${prdPart(task.prd, service, MAX_PRD)}`,
  ]
    .filter(Boolean)
    .join("\n\n")
    .concat("\n");
}

/** The task of one run: build it, or fix what was found. */
export function taskText({
  service,
  findings,
  attempt,
  learned = [],
}: Pick<BuildTask, "service" | "findings" | "attempt" | "learned">): string {
  if (findings.length > 0)
    return [
      `Fix ${service.name} in the current folder. These were found by running and reading it; fix the causes, keep what works, and add a test for each. Tests that are removed, skipped or emptied are found, and the run counts as failed:`,
      ...findings.slice(0, MAX_FINDINGS).map(findingText),
      findings.length > MAX_FINDINGS
        ? `And ${findings.length - MAX_FINDINGS} more, to be shown when these are gone.`
        : "",
      ...learned,
    ]
      .filter(Boolean)
      .join("\n");
  const again = attempt > 1 || learned.length > 0 ? " An earlier run left what is there; go on from it." : "";
  return `Build the complete service ${service.name} in the current folder, with its tests and its Dockerfile.${again}`.concat(
    learned.map((one) => ` ${one}`).join(""),
  );
}

function findingText(finding: Finding, index: number): string {
  const { code, severity, where, message, fix, reproduce, history } = finding;
  const more = [history, fix && `To do: ${fix}`, reproduce && `Shown by: ${reproduce}`].filter(Boolean).join(" ");
  return `${index + 1}. ${code} (${severity}) at ${where}: ${message} ${more}`.trim().slice(0, 800);
}

function operationsOf({ spec, type }: Contract): string[] {
  const { paths } = spec;
  if (type !== "openapi" || typeof paths !== "object" || paths === null) return [];
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(typeof item === "object" && item !== null ? item : {})
      .filter((method) => /^(?:get|put|post|delete|options|head|patch|trace)$/.test(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}

function section(title: string, lines: string[]): string {
  const given = lines.filter(Boolean);
  return given.length === 0 ? "" : `## ${title}\n\n${given.map((line) => `- ${line}`).join("\n")}`;
}

function limited(lines: string[]): string[] {
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more, in contracts/openapi.json`];
}

function json(title: string, values: unknown[]): string {
  if (values.length === 0) return "";
  const text = JSON.stringify(values, null, 1);
  return `## ${title}\n\n${text.length > MAX_MODEL ? `${text.slice(0, MAX_MODEL)}\n(cut)` : text}`;
}
