import type { Question } from "../../model/plan.ts";
import { isToken } from "./credentials.ts";
import type { Ask } from "./draft.ts";
import { type Draft, nameOf } from "./draft.ts";
import type { PlannedOperation } from "./operation.ts";
import { missingShapes } from "./operations.ts";

/** Doubts that show only when all operations are known. */
export function askAboutOperations(draft: Draft, operations: PlannedOperation[], ask: Ask): void {
  askAboutTokens(draft, operations, ask);
  for (const { name, is_frontend, line } of draft.services) {
    const own = operations.filter(({ endpoint }) => endpoint.owner === name);
    if (!is_frontend && own.length === 0)
      ask(`service ${name}`, `${name} has no endpoints in the PRD; it gets its health endpoint only.`, line);
    askAboutShapes(name, own, ask);
  }
  for (const entity of draft.entities) {
    if (entity.fields.length === 0)
      ask(`entity ${entity.name}`, `Which fields does ${entity.name} have? The PRD lists none.`, entity.line);
    const byId = operations.find(({ meaning }) => meaning.action === "get" && meaning.entity === entity);
    if (byId && entity.fields.length > 0 && !entity.fields.some((field) => field.name.toLowerCase() === "id"))
      ask(
        `entity ${entity.name}`,
        `Which field identifies ${entity.name}? ${nameOf(byId.endpoint)} needs one, and there is no \`id\`.`,
        entity.line,
      );
  }
}

function askAboutTokens(draft: Draft, operations: PlannedOperation[], ask: Ask): void {
  if (!draft.jwt) return;
  const logins = operations.filter(({ meaning }) => meaning.action === "login");
  if (operations.some((operation) => operation.secured) && logins.length === 0)
    ask(
      "authentication",
      "Which endpoint issues the bearer tokens? The PRD asks for them but describes no login.",
      null,
    );
  for (const { endpoint } of logins) {
    const answer = endpoint.responses.find(({ status }) => status < 300)?.shape;
    if (answer?.kind !== "object" || !answer.fields.some((field) => isToken(field.name)))
      ask(
        `endpoint ${nameOf(endpoint)}`,
        "Which field of its answer holds the token? None is named so.",
        endpoint.line,
      );
  }
  const explicit = operations.some(({ endpoint }) => endpoint.auth === true);
  const silent = operations.filter(({ endpoint, secured }) => secured && endpoint.auth === null);
  if (explicit && silent.length > 0)
    ask(
      "authentication",
      `Do these need a token too? The PRD says it of others, not of them; they get it: ${some(silent)}.`,
      silent[0]?.endpoint.line ?? null,
    );
}

function askAboutShapes(service: string, own: PlannedOperation[], ask: Ask): void {
  const fromEntity = own.filter(({ endpoint, meaning }) => missingShapes(endpoint, meaning) === "entity");
  const open = own.filter(({ endpoint, meaning }) => missingShapes(endpoint, meaning) === "answer");
  if (fromEntity.length > 0)
    ask(
      `service ${service}`,
      `Are the bodies of these the fields of their entity? The PRD does not spell them out: ${some(fromEntity)}.`,
      fromEntity[0]?.endpoint.line ?? null,
    );
  if (open.length > 0)
    ask(
      `service ${service}`,
      `What do these answer with? The PRD does not say, so any answer is allowed: ${some(open)}.`,
      open[0]?.endpoint.line ?? null,
    );
}

/** Up to eight endpoints by name, and how many more. */
function some(operations: PlannedOperation[]): string {
  const names = operations.slice(0, 8).map(({ endpoint }) => nameOf(endpoint));
  return operations.length > 8 ? `${names.join(", ")} and ${operations.length - 8} more` : names.join(", ");
}

/** What is asked while reading, and how planning asks the same with what was done about it. */
const RESTATED: [read: RegExp, planned: RegExp][] = [
  [/^Which service owns [^?]*\?$/, /^Which service owns .*left out/],
  [/^Which fields does [^?]* have\?$/, /The PRD lists none\.$/],
  [/^Between which of /, /The PRD lists states only\.$/],
  [/^Which service offers /, /^Which service answers /],
  [/^Which service publishes [^?]*\?$/, /^Nobody publishes /],
  [/^Which service consumes [^?]*\?$/, /^Nobody consumes /],
];

/** Each question once and in its fullest form, those with a line first, in the order of the PRD. */
export function orderQuestions(questions: readonly Question[]): Question[] {
  const unique = new Map(questions.map((question) => [`${question.about}\n${question.question}`, question]));
  const restated = new Set<string>();
  for (const { about, question } of unique.values())
    for (const [index, [, planned]] of RESTATED.entries())
      if (planned.test(question)) restated.add(`${index} ${about}`);
  const isRestated = ({ about, question }: Question) =>
    RESTATED.some(([read], index) => read.test(question) && restated.has(`${index} ${about}`));
  const at = ({ line }: Question) => line ?? Number.MAX_SAFE_INTEGER;
  return [...unique.values()].filter((question) => !isRestated(question)).sort((a, b) => at(a) - at(b));
}
