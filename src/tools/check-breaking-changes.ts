import { z } from "zod";
import type { Change } from "../contracts/breaking/breaking.ts";
import type { ContractEngine } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import type { Contract } from "../model/contract.ts";
import { changesOf as changeRequestsOf, engineOf, fileAt } from "./contract-fields.ts";
import { type AnyTool, defineTool, type ToolCall } from "./define-tool.ts";
import { firstOf, limitField } from "./short.ts";

const ChangeSeverity = z.enum(["error", "warning", "info"]);

const Told = z.object({
  id: z.string(),
  breaking: z.boolean(),
  severity: ChangeSeverity,
  method: z.string().describe("Upper case; SEND or RECEIVE for events; empty when it concerns no single operation."),
  path: z.string().describe("Path, channel or webhook."),
  pointer: z.string().describe("JSON pointer into the new document; into the old one for what is gone."),
  message: z.string(),
  old_value: z.unknown().optional(),
  new_value: z.unknown().optional(),
});

const sides = {
  old: z.string().optional().describe("File; the old contract, JSON or YAML, relative to the project folder."),
  new: z.string().optional().describe("File; the new contract."),
  contract_id: z.string().optional().describe("Instead of old; a registered contract to compare with."),
  old_version: z.string().optional().describe("Old version; with contract_id, the one to compare from."),
  new_version: z.string().optional().describe("New version; with contract_id, the one to compare to."),
};
// Build 1's clients send an object; a text is taken too, because some models can only write one.
const newSpec = z
  .union([z.record(z.string(), z.unknown()), z.string()])
  .optional()
  .describe(
    "Instead of new; the new contract itself. With contract_id alone, the version registered before it is the old one.",
  );
const minSeverity = ChangeSeverity.default("info").describe("Min severity; leave out what is below.");

type Sides = { [Side in keyof typeof sides]?: string | undefined } & {
  new_spec?: Record<string, unknown> | string | undefined;
};

export const checkBreakingChanges = defineTool({
  name: "check_breaking_changes",
  title: "Breaking changes",
  toolset: "contracts",
  description:
    "What in a new API contract breaks clients, with rule, place and reason: old and new files, or contract_id and new_spec.",
  input: z.object({
    ...sides,
    new_spec: newSpec,
    min_severity: minSeverity,
    limit: limitField("Limit; changes on a page", 500),
    cursor: z.string().optional().describe("Cursor; the next_cursor of the page before."),
  }),
  output: z.object({
    breaking: z.boolean().describe("Whether anything breaks, whatever min_severity and the page show."),
    changes: z
      .array(Told.extend({ more_operations: z.number().int().describe("Other operations with the same change.") }))
      .describe("What breaks first; one page."),
    total: z.number().int().describe("Changes at or above min_severity."),
    total_breaking: z.number().int(),
    next_cursor: z.string().nullable().describe("Pass as cursor for the next page."),
    unread_references: z.array(z.string()).describe("References out of the folder; what is behind was not compared."),
    next_step: z.string(),
  }),
  paths: ["old", "new"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["limit", "min_severity"],
  cli: { command: "check-breaking-changes", arguments: ["old", "new"] },
  run: async ({ min_severity, limit, cursor, ...given }, call) => {
    const { groupChanges } = await import("../contracts/breaking/breaking.ts");
    const { all, unread } = await changesOf(given, call);
    const shown = ranked(groupChanges(all.filter((change) => isShown(change, min_severity))));
    const offset = offsetOf(cursor);
    const page = firstOf(shown.slice(offset), limit);
    const end = offset + page.length;
    return {
      breaking: all.some(({ breaking }) => breaking),
      changes: page,
      total: shown.length,
      total_breaking: shown.filter(({ breaking }) => breaking).length,
      next_cursor: end < shown.length && page.length > 0 ? String(end) : null,
      unread_references: firstOf(unread, limit, 1500),
      next_step: nextStep(all, unread),
    };
  },
  text: (answer) =>
    [
      ...answer.changes.map(
        ({ severity, id, method, path, message, more_operations }) =>
          `${severity} ${id} ${[method, path].filter(Boolean).join(" ")}: ${message}` +
          (more_operations > 0 ? ` (and in ${more_operations} other operations)` : ""),
      ),
      `${answer.total} changes, ${answer.total_breaking} breaking`,
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ breaking }) => (breaking ? 1 : 0),
});

const FORMATS = ["text", "json", "markdown"] as const;

/** The same as a command: every change, operation by operation, for people or for another program. */
export const breakingChangesCommand: AnyTool = defineTool({
  name: checkBreakingChanges.name,
  title: checkBreakingChanges.title,
  toolset: checkBreakingChanges.toolset,
  hints: checkBreakingChanges.hints,
  cli: { command: "check-breaking-changes", arguments: ["old", "new"] },
  description:
    "Compare two versions of a contract, as files or a registered one with a file. Exit status: 0 nothing breaks, 1 something does, 2 it could not run.",
  input: z.object({
    ...sides,
    format: z.enum(FORMATS).default("text").describe("How the changes are written on standard output."),
    min_severity: minSeverity,
  }),
  output: z.object({
    breaking: z.boolean(),
    changes: z.array(Told),
    unread_references: z.array(z.string()),
    rendered: z.string(),
  }),
  run: async ({ format, min_severity, ...given }, call) => {
    const { changesAsMarkdown, changesAsText } = await import("../contracts/breaking/breaking.ts");
    const { all, unread } = await changesOf(given, call);
    const changes = all.filter((change) => isShown(change, min_severity));
    const answer = { breaking: all.some(({ breaking }) => breaking), changes, unread_references: unread };
    const notes = unread.map((reference) => `Not compared, because it is not read: ${reference}`);
    const rendered = {
      text: () => [changesAsText(changes), ...notes].join("\n"),
      markdown: () => [changesAsMarkdown(changes), ...notes.map((note) => `${note}\n`)].join("\n").trimEnd(),
      json: () => jsonText(answer),
    };
    return { ...answer, rendered: rendered[format]() };
  },
  text: ({ rendered }) => rendered,
  exitCode: ({ breaking }) => (breaking ? 1 : 0),
});

/** JSON whose invisible characters are escaped, so that a terminal need not. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const SEVERITIES = ["error", "warning", "info"];

function isShown({ severity }: Change, least: string): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/** What breaks first, then by severity. */
function ranked<One extends Change>(changes: readonly One[]): One[] {
  const rank = ({ breaking, severity }: Change) => (breaking ? 0 : 10) + SEVERITIES.indexOf(severity);
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new AppError("INVALID_INPUT", `${cursor} is not a cursor.`, {
    remedy: "Pass the next_cursor of the answer before, or leave it out for the first page.",
  });
}

function nextStep(changes: readonly Change[], unread: readonly string[]): string {
  const first = changes.find(({ breaking }) => breaking);
  if (first)
    return `${first.message} Keep the old form beside the new one, deprecate it first, or publish a new major version.`;
  if (unread.length > 0) return "Nothing that was compared breaks clients; bundle the contract to compare the rest.";
  return changes.length === 0 ? "Nothing changed." : "Nothing breaks clients.";
}

interface Compared {
  all: Change[];
  unread: string[];
}

async function changesOf(given: Sides, call: ToolCall): Promise<Compared> {
  const { compareContracts } = await import("../contracts/breaking/breaking.ts");
  const { old, fresh } = await bothSides(given, call);
  return {
    all: compareContracts(old.document, fresh.document),
    unread: [...new Set([...old.unread, ...fresh.unread])],
  };
}

interface Side {
  document: Record<string, unknown>;
  unread: string[];
}

/** The two contracts that an input means. Errors: INVALID_INPUT, NOT_FOUND. */
async function bothSides(given: Sides, call: ToolCall): Promise<{ old: Side; fresh: Side }> {
  const { parseContract, readContractFile } = await import("../contracts/breaking/breaking.ts");
  const read = (path: string) => readContractFile(fileAt(call.ctx.workspace, path));
  const whole = (document: Record<string, unknown>): Side => ({ document, unread: [] });
  const { old, new: fresh, contract_id, new_spec, old_version, new_version } = given;
  if ((old === undefined) === (contract_id === undefined))
    throw wrongSides("Give the old contract either as old (a file) or as contract_id (a registered one).");
  if (fresh !== undefined && new_spec !== undefined)
    throw wrongSides("Both new (a file) and new_spec were given for the new contract.");
  const inline = typeof new_spec === "string" ? parseContract(new_spec, "new_spec") : new_spec;
  const after = fresh !== undefined ? read(fresh) : inline === undefined ? undefined : whole(inline);
  if (old !== undefined) {
    if (after === undefined) throw wrongSides("Only the old contract was given.");
    return { old: read(old), fresh: after };
  }
  const engine = await engineOf(call.ctx);
  const registered = await engine.get(contract_id ?? "");
  const versions = (await changeRequestsOf(call.ctx)).versionsOf(registered.id);
  const versionOf = (version: string): Side => {
    const found = versions.find((one) => one.version === version);
    if (found) return whole(found.spec);
    throw new AppError("NOT_FOUND", `The contract has no version ${version}.`, {
      remedy:
        versions.length > 0
          ? `It has ${versions.map((one) => one.version).join(", ")}.`
          : "The external contract engine does not say which it has; give both versions as files.",
    });
  };
  if (after !== undefined) return { old: old_version ? versionOf(old_version) : whole(registered.spec), fresh: after };
  const newer = new_version ? versionOf(new_version) : whole(registered.spec);
  if (old_version !== undefined) return { old: versionOf(old_version), fresh: newer };
  const before = versions.find(({ id }) => id === registered.supersedes) ?? (await earlierIn(engine, registered));
  if (!before)
    throw new AppError(
      "INVALID_INPUT",
      `${contract_id} is the first registered ${registered.type} contract of ${registered.service_name}; there is none to compare it with.`,
      { remedy: "Pass the changed contract as new_spec, or as a file in new." },
    );
  return { old: whole(before.spec), fresh: newer };
}

/** Where a contract has no version before it: what another pipeline registered for the service before. */
async function earlierIn(engine: ContractEngine, { id, service_name, type }: Contract): Promise<Contract | undefined> {
  const all = (await engine.list({ service_name })).filter((one) => one.type === type);
  return all[all.findIndex((one) => one.id === id) - 1];
}

function wrongSides(message: string): AppError {
  return new AppError("INVALID_INPUT", message, {
    remedy: "Give two files (old, new), or contract_id with new_spec or new.",
  });
}
