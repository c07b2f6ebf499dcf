import { subjectOf } from "../../session/answer.ts";
import type { FuzzOperation } from "../spec/model.ts";
import { checkResponse, documentedResponse } from "./conformance.ts";
import { describeExchange, type Exchange, type Found, statusOf, succeeded } from "./found.ts";

export interface JudgeOptions {
  /** The document as responses see it. */
  root: object;
  /** Threshold of a response's duration; null for none. */
  max_response_ms: number | null;
  timeout_ms: number;
}

/** Statuses that say "this data is wrong": no answer to data that the contract allows. */
const REFUSALS = new Set([400, 405, 406, 411, 413, 414, 415, 422, 431]);
/** What servers and proxies answer before an operation is reached; contracts need not say so. */
const PROTOCOL = new Set([408, 413, 414, 421, 425, 426, 429, 431]);

/** Everything wrong with one exchange that can be told from it alone. */
export function judge(exchange: Exchange, options: JudgeOptions): Found[] {
  const { outcome, case: given } = exchange;
  const { operation } = given;
  if (outcome.kind === "failure") return noAnswer(exchange, options);
  const found: Found[] = [];
  const documented = documentedResponse(operation, outcome.status);
  if (outcome.cut !== "" && !mayBeLong(operation, outcome.headers["content-type"] ?? ""))
    found.push({
      code: "INT-005",
      check: "no_answer",
      message:
        outcome.cut === "time"
          ? `The answer did not end within ${options.timeout_ms} ms.`
          : "The answer did not end within 8 MiB.",
      expected: "an answer that ends",
      actual: `status ${outcome.status}, ${outcome.body.length} bytes so far`,
      clause: operation.operation.pointer,
      cause: outcome.cut,
    });
  const limit = options.max_response_ms;
  if (limit !== null && outcome.duration_ms > limit)
    found.push({
      code: "INT-006",
      check: "response_time",
      message: `The answer took ${outcome.duration_ms} ms.`,
      expected: `at most ${limit} ms`,
      actual: `${outcome.duration_ms} ms`,
      clause: operation.operation.pointer,
      cause: "slow",
    });
  if (given.method !== undefined) return [...found, ...serverError(exchange, false)];
  if (outcome.cut !== "") return found;
  const error = serverError(exchange, documented !== undefined && documented.status !== "default");
  if (error.length > 0) return [...found, ...error];
  if (documented === undefined) found.push(...undocumented(exchange));
  // What was wrongly accepted is wrong when it comes back: that is one defect, not two.
  else if (given.kind !== "invalid" || !succeeded(exchange))
    found.push(...checkResponse(exchange, documented, options.root));
  return [...found, ...misjudged(exchange), ...wrongState(exchange)];
}

/** After a transition, the state that the contract's x-transition names. */
function wrongState(exchange: Exchange): Found[] {
  const { transition, pointer } = exchange.case.operation.operation;
  if (transition === null || exchange.json === undefined || !succeeded(exchange)) return [];
  const state = subjectOf(exchange.json)[transition.field];
  if (state === undefined || state === transition.to) return [];
  return [
    {
      code: "STATE-001",
      check: "update_persisted",
      message: `After the transition ${transition.field} is ${JSON.stringify(state)}.`,
      expected: `${transition.field} ${transition.to}`,
      actual: `${transition.field} ${JSON.stringify(state)}`,
      clause: `${pointer}/x-transition`,
      cause: "transition",
    },
  ];
}

function noAnswer({ outcome, case: given }: Exchange, { timeout_ms }: JudgeOptions): Found[] {
  if (outcome.kind !== "failure" || outcome.reason === "stopped") return [];
  const slow = outcome.reason === "timeout";
  return [
    {
      code: slow ? "INT-004" : "INT-003",
      check: "no_answer",
      message: `${of(given.kind)} got no answer: ${outcome.message}.`,
      expected: slow ? `an answer within ${timeout_ms} ms` : "an answer",
      actual: outcome.message,
      clause: given.operation.operation.pointer,
      cause: outcome.reason,
    },
  ];
}

/** A stream is meant to go on, and a download may be large. */
function mayBeLong({ responses }: FuzzOperation, type: string): boolean {
  if (/event-stream|ndjson|jsonl|json-seq/.test(type)) return true;
  const documented = responses.some(({ content }) => content.has(type.split(";")[0]?.trim().toLowerCase() ?? ""));
  return documented && /octet-stream|^(image|video|audio)\/|zip|pdf|tar/.test(type);
}

function serverError(exchange: Exchange, stated: boolean): Found[] {
  const status = statusOf(exchange);
  // 503 and the like may be a documented answer, 500 is a defect whatever the contract says.
  if (status < 500 || (stated && status !== 500) || (exchange.case.method !== undefined && status === 501)) return [];
  const { case: given } = exchange;
  const words = describeExchange(exchange)
    .replace(/[0-9a-f]{8,}|\d+|"[^"]*"|'[^']*'/gi, "#")
    .slice(0, 120);
  return [
    {
      code: "STATUS-002",
      check: "server_error",
      message: `${of(given.kind)}${given.what === "" ? "" : ` (${given.what})`} was answered with ${status}.`,
      expected: given.kind === "invalid" ? "a refusal (4xx)" : "an answer below 500",
      actual: describeExchange(exchange),
      clause: `${given.operation.operation.pointer}/responses`,
      cause: `${status} ${words}`,
    },
  ];
}

function of(kind: Exchange["case"]["kind"]): string {
  return kind === "valid" ? "A valid request" : kind === "invalid" ? "An invalid request" : "A request";
}

function undocumented(exchange: Exchange): Found[] {
  const status = statusOf(exchange);
  const { operation, kind, raw, subject, credentials } = exchange.case;
  if (operation.responses.length === 0 || status < 200 || PROTOCOL.has(status)) return [];
  const errors = operation.responses.some(({ status: name }) => name.startsWith("4") || name === "default");
  if (status >= 400) {
    // A contract that documents no error at all is silent about errors.
    if (!errors) return [];
    if ((status === 401 || status === 403) && (!operation.open || credentials === "none")) return [];
    // What is not there is not found, whether the contract says so or not; so is what makes no sense as a request.
    if (kind !== "valid" && [404, 405, 406, 410, 411, 415].includes(status)) return [];
    // A contract that says nothing of wrong data leaves open how it is refused.
    const says = operation.responses.some(({ status: name }) => name === "400" || name === "422");
    if (kind !== "valid" && (status === 400 || status === 422) && !says) return [];
    if (raw !== undefined || (kind === "probe" && status === 400)) return [];
    if (kind === "invalid" && status === 400 && !subject.startsWith("body")) return [];
  }
  const documented = operation.responses.map(({ status: name }) => name).join(", ");
  return [
    {
      code: "STATUS-003",
      check: "status_documented",
      message: `The answer has the status ${status}, which the contract does not document.`,
      expected: `status ${documented}`,
      actual: describeExchange(exchange),
      clause: `${operation.operation.pointer}/responses`,
      cause: String(status),
    },
  ];
}

/** Valid data that was refused, invalid data that was accepted. */
function misjudged(exchange: Exchange): Found[] {
  const { kind, what, operation, subject, credentials } = exchange.case;
  const status = statusOf(exchange);
  if (kind === "invalid" && status >= 200 && status < 300)
    return [
      {
        code: "STATUS-005",
        check: "negative_data_rejected",
        message: `Invalid data was accepted with ${status}: ${what}.`,
        expected: "a refusal (4xx)",
        actual: describeExchange(exchange),
        clause: clauseOf(operation, subject),
        cause: subject,
      },
    ];
  const unwanted = operation.open && credentials === "own" && status === 401 && operation.operation.action !== "login";
  if (kind === "valid" && (REFUSALS.has(status) || unwanted))
    return [
      {
        code: "STATUS-004",
        check: "positive_data_accepted",
        message: `Valid data was refused with ${status}${what === "" ? "" : `: ${what}`}.`,
        expected: "success",
        actual: describeExchange(exchange),
        clause: clauseOf(operation, subject),
        cause: subject === "" ? `${status}` : subject,
      },
    ];
  return [];
}

/** Where in the contract the violated part is described. */
function clauseOf({ operation }: FuzzOperation, subject: string): string {
  return subject.startsWith("body") ? `${operation.pointer}/requestBody` : `${operation.pointer}/parameters`;
}
