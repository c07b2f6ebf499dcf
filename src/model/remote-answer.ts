import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { RemoteCallOptions, RemoteTool, RemoteTools } from "./remote.ts";

const PICK_ANOTHER =
  "Point the configuration at a server that offers it (docs/remote.md), or use the embedded backend (backend: builtin).";

/** REMOTE_ANSWER about one tool of a server; `what` goes on from its name. */
export function remoteFault(remote: RemoteTools, tool: string, what: string): AppError {
  return new AppError("REMOTE_ANSWER", `${remote.label}: ${tool} ${what.replace(/[.\s]*$/, "")}.`, {
    remedy: PICK_ANOTHER,
    details: { server: remote.label, tool },
  });
}

/** The first of `names` that the server offers. Errors: REMOTE_ANSWER naming them all; REMOTE_UNAVAILABLE. */
export async function toolAmong(
  remote: RemoteTools,
  names: string[],
  signal?: AbortSignal,
): Promise<{ name: string; tool: RemoteTool }> {
  const tools = await remote.tools({ signal });
  for (const name of names) {
    const tool = tools.get(name);
    if (tool) return { name, tool };
  }
  const offered = [...tools.keys()];
  const meant = names.map((name) => nearest(name, offered)).find((name) => name !== undefined);
  const has = offered.length === 0 ? "it offers no tools" : `it offers ${offered.slice(0, 30).join(", ")}`;
  const wanted = names.join(" or ");
  throw new AppError(
    "REMOTE_ANSWER",
    `${remote.label} has no tool ${wanted}; ${has}${meant ? ` (is ${meant} meant?)` : ""}.`,
    { remedy: PICK_ANOTHER, details: { server: remote.label, tool: wanted } },
  );
}

/** Arguments as they are offered to a tool: its possible names, parted by "|", to the value; undefined is not sent. */
export type Offer = Record<string, unknown>;

/**
 * The arguments under the names that the server's tool uses, and the first names of those it does not take. A tool whose
 * schema names no arguments is given the first names. Errors: REMOTE_ANSWER when it requires what is not offered.
 */
export async function fitArguments(remote: RemoteTools, tool: string, offer: Offer, signal?: AbortSignal) {
  const { takes, requires } = (await toolAmong(remote, [tool], signal)).tool;
  const input: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [names, value] of Object.entries(offer)) {
    if (value === undefined) continue;
    const alternatives = names.split("|");
    const first = alternatives[0] ?? names;
    const name = takes.size === 0 ? first : alternatives.find((alternative) => takes.has(alternative));
    if (name === undefined) dropped.push(first);
    else input[name] = value;
  }
  const missing = [...requires].find((name) => !Object.hasOwn(input, name));
  if (missing !== undefined)
    throw remoteFault(
      remote,
      tool,
      `requires the argument ${missing}, which we do not have; we have ${Object.keys(offer).join(", ")}`,
    );
  return { input, dropped };
}

/**
 * Call a tool with the arguments it takes and check what it answers. Errors are recognised in normal results too, as
 * Build 1 sends them. Errors: NOT_FOUND when the server says so; REMOTE_ANSWER for any other error, a missing tool, or an
 * answer that does not fit `schema`; REMOTE_UNAVAILABLE.
 */
export async function askRemote<Schema extends z.ZodType>(
  remote: RemoteTools,
  tool: string,
  offer: Offer,
  schema: Schema,
  options: RemoteCallOptions = {},
): Promise<z.output<Schema>> {
  const { input } = await fitArguments(remote, tool, offer, options.signal);
  const answer = await remote.call(tool, input, { repeatable: true, ...options });
  const error = errorIn(answer);
  if (error !== undefined) throw saidError(remote, tool, error);
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  const { path, message } = plainest(checked.error.issues);
  throw remoteFault(
    remote,
    tool,
    `answered out of schema: ${path.join(".") || "the answer"}: ${message} (got ${shown(answer)})`,
  );
}

/** The first issue; of alternatives that all failed, that of the last, which is the most lenient. */
function plainest(
  issues: readonly z.core.$ZodIssue[],
  path: PropertyKey[] = [],
): { path: PropertyKey[]; message: string } {
  const [issue] = issues;
  if (issue === undefined) return { path, message: "wrong" };
  const at = [...path, ...issue.path];
  const inner = issue.code === "invalid_union" ? issue.errors.at(-1) : undefined;
  return inner && inner.length > 0 ? plainest(inner, at) : { path: at, message: issue.message };
}

/** `{"error": "…"}`, `[{"error": "…"}]` or the JSON of either as a string. */
export function errorIn(answer: unknown): string | undefined {
  if (typeof answer === "string" && /^\s*[{[]/.test(answer)) {
    try {
      return errorIn(JSON.parse(answer));
    } catch {
      return undefined;
    }
  }
  const one = Array.isArray(answer) && answer.length === 1 ? answer[0] : answer;
  const said = z.strictObject({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) }).safeParse(one);
  if (!said.success) return undefined;
  const { error } = said.data;
  return typeof error === "string" ? error : error.message;
}

function saidError(remote: RemoteTools, tool: string, words: string): AppError {
  const said = words
    .trim()
    .replace(/\s+/g, " ")
    .slice(0, 600)
    .replace(/[.\s]*$/, "");
  if (/\bnot found\b|\bno such\b|\bdoes not exist\b|\bno (?:service map|domain model) found\b/i.test(said))
    return new AppError("NOT_FOUND", `${remote.label}: ${tool}: ${said}.`, {
      remedy: "Check the name or id; the server knows only what was registered with it.",
    });
  return remoteFault(remote, tool, `answered with an error: ${said}`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** A list of items. One item comes without its list when a server sends one block per item; some wrap lists by name. */
export function listOf<Item extends z.ZodType>(item: Item, ...names: string[]) {
  return z.preprocess((value) => {
    if (Array.isArray(value)) return value;
    if (value === null || value === undefined) return [];
    const wrapped = names.map((name) => (typeof value === "object" ? Reflect.get(value, name) : undefined));
    return wrapped.find((inner) => Array.isArray(inner)) ?? [value];
  }, z.array(item));
}

/** A value without its null members at any depth: what a server writes as null is what it does not say. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}
