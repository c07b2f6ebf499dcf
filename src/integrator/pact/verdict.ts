import { at, isRecord, text } from "../document.ts";
import type { Problem } from "../violation.ts";
import type { VerifierReply } from "./job.ts";

/** One mismatch of the verifier, in our words. */
interface Mismatch {
  code: "PACT-001" | "PACT-002" | "PACT-003";
  message: string;
  expected: string;
  actual: string;
}

/** What a reply of the verifier says. */
export type Verdict =
  | { kind: "passed" }
  /** The provider answered, and not as the pact asks; `status` is that of its answer, null for a message. */
  | { kind: "mismatch"; problem: Omit<Problem, "clause">; status: number | null }
  | { kind: "no_answer"; reason: string }
  /** Nothing was verified, and that is not the provider's fault. */
  | { kind: "not_run"; reason: string };

/** Read a reply: what passed, what the provider did wrong, and what says nothing about it. */
export function verdictOf(reply: VerifierReply, timeoutMs: number): Verdict {
  const [answer] = reply.seen;
  if (answer !== undefined && answer.gateway_error !== "") {
    const reason = detailOf(answer.body) || reply.failure || "the service cannot be reached";
    return answer.gateway_error === "503" ? { kind: "not_run", reason } : { kind: "no_answer", reason };
  }
  // The consumer does not ask for it yet (specification 4, `pending`), and the verifier lets it pass.
  const [pending] = mismatchesIn(reply.results, "pendingErrors") ?? [];
  if (pending !== undefined) return { kind: "not_run", reason: `it is pending and does not hold: ${pending.message}` };
  if (reply.passed) return { kind: "passed" };
  const found = mismatchesIn(reply.results, "errors");
  if (found === undefined) {
    if (reply.asked > 0 && answer === undefined)
      return { kind: "no_answer", reason: reply.failure || `no complete answer within ${timeoutMs} ms` };
    return { kind: "not_run", reason: `the verifier could not run: ${reply.failure || errorIn(reply.results)}` };
  }
  const [first, ...others] = found;
  if (first === undefined) return { kind: "not_run", reason: "the verifier failed without a mismatch" };
  const said = others.slice(0, 3).map(({ message }) => message);
  const more = others.length > 0 ? ` (and ${others.length} more: ${said.join("; ")})` : "";
  return {
    kind: "mismatch",
    problem: { ...first, message: `${first.message}${more}` },
    status: answer?.status ?? null,
  };
}

const RANK = { "PACT-002": 0, "PACT-003": 1, "PACT-001": 2 };

/** The mismatches of the results' first interaction, the one that explains the others first; undefined when it has none. */
function mismatchesIn(results: string, list: "errors" | "pendingErrors"): Mismatch[] | undefined {
  const errors = at(parsed(results), list);
  const found = at(Array.isArray(errors) ? errors[0] : undefined, "mismatch", "mismatches");
  if (!Array.isArray(found)) return undefined;
  const all = found.filter(isRecord).map(mismatchOf);
  const status = all.filter(({ code }) => code === "PACT-002");
  // What is in the body of another status was not asked for.
  return status.length > 0
    ? status
    : all.sort((a, b) => RANK[a.code] - RANK[b.code] || (a.message < b.message ? -1 : 1));
}

function mismatchOf(raw: Record<string, unknown>): Mismatch {
  const said = text(raw.mismatch) ?? "it does not match";
  const expected = plain(raw.expected);
  const actual = plain(raw.actual);
  switch (raw.type) {
    case "StatusMismatch":
      return {
        code: "PACT-002",
        message: `the status is ${actual}`,
        expected: `status ${expected}`,
        actual: `status ${actual}`,
      };
    case "BodyTypeMismatch":
      return {
        code: "PACT-003",
        message: `the media type is ${actual || "missing"}`,
        expected,
        actual: actual || "no content-type",
      };
    case "HeaderMismatch": {
      const name = (text(raw.key) ?? "").toLowerCase();
      const what = actual === "" ? "missing" : actual;
      return {
        code: "PACT-003",
        message: `the header ${name} is ${what}`,
        expected: `${name}: ${expected}`,
        actual: `${name}: ${what}`,
      };
    }
    default: {
      const path = text(raw.path) ?? "$";
      return {
        code: "PACT-001",
        message: `${path}: ${said}`,
        expected: `${path} ${expected}`,
        actual: `${path} ${actual}`,
      };
    }
  }
}

/** Values come as JSON inside of text. */
function plain(value: unknown): string {
  const given = typeof value === "string" ? value : JSON.stringify(value ?? "");
  const inner = parsed(given);
  return (typeof inner === "string" ? inner : given).slice(0, 200);
}

function errorIn(results: string): string {
  const errors = at(parsed(results), "errors");
  return text(at(Array.isArray(errors) ? errors[0] : undefined, "mismatch", "message")) ?? results.slice(0, 300);
}

function detailOf(body: string): string {
  return text(at(parsed(body), "detail")) ?? "";
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
