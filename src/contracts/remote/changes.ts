import { z } from "zod";
import { AppError } from "../../lib/errors.ts";
import type { ContractChange } from "../../model/contract.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, listOf, remoteFault, toolAmong } from "../../model/remote-answer.ts";
import { compareVersions, getEntry, listEntries } from "./entries.ts";

const Change = z.looseObject({
  id: z.string().nullish(),
  change_type: z.string().nullish(),
  breaking: z.boolean().nullish(),
  is_breaking: z.boolean().nullish(),
  severity: z.enum(["error", "warning", "info"]),
  method: z.string().nullish(),
  path: z.string().default(""),
  pointer: z.string().nullish(),
  message: z.string().nullish(),
  old_value: z.unknown().optional(),
  new_value: z.unknown().optional(),
});
const Page = z.union([
  z.looseObject({ changes: z.array(Change), next_cursor: z.string().nullish() }),
  listOf(Change).transform((changes) => ({ changes, next_cursor: null })),
]);
const NAME = "check_breaking_changes";
const PAGE_SIZE = 500;
const MAX_PAGES = 200;

/** What changed in a contract: against a new document, or against the version before (see the port). */
export async function remoteChanges(
  remote: RemoteTools,
  contract_id: string,
  new_spec?: Record<string, unknown>,
): Promise<ContractChange[]> {
  const { tool } = await toolAmong(remote, [NAME]);
  if (new_spec !== undefined) {
    if (tool.takes.size > 0 && !tool.takes.has("new_spec"))
      throw remoteFault(remote, NAME, "compares registered versions only; it takes no new_spec");
    return allChanges(remote, { contract_id, new_spec });
  }
  if (!tool.requires.has("old_version") && !tool.requires.has("new_version"))
    return allChanges(remote, { contract_id });
  const { service_name, type, version } = await getEntry(remote, contract_id);
  const before = (await listEntries(remote, { service_name }))
    .filter((entry) => entry.type === type && compareVersions(entry.version, version) < 0)
    .sort((a, b) => compareVersions(b.version, a.version))[0];
  if (!before)
    throw new AppError(
      "INVALID_INPUT",
      `Contract ${contract_id} is the first version; there is none to compare it with.`,
      {
        remedy: "Register the changed contract first; this engine compares registered versions only.",
      },
    );
  return allChanges(remote, { contract_id, old_version: before.version, new_version: version });
}

/** All pages of them, where they come in pages. */
async function allChanges(remote: RemoteTools, offer: Record<string, unknown>): Promise<ContractChange[]> {
  const found: ContractChange[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { changes, next_cursor } = await askRemote(remote, NAME, { ...offer, limit: PAGE_SIZE, cursor }, Page);
    found.push(...changes.map(changeOf));
    if (!next_cursor) break;
    cursor = next_cursor;
  }
  return found;
}

function changeOf(change: z.infer<typeof Change>): ContractChange {
  const { severity, old_value, new_value } = change;
  const id = change.id ?? change.change_type ?? "change";
  // Build 1 writes place and method in one: /orders/{id}.GET.responses.200.
  const place = /^(\/.*?)\.(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE)(?:\.|$)/.exec(change.path);
  return {
    id,
    breaking: change.breaking ?? change.is_breaking ?? severity !== "info",
    severity,
    method: change.method ?? place?.[2] ?? "",
    path: place?.[1] ?? change.path,
    pointer: change.pointer ?? "",
    message: change.message ?? `${id} at ${change.path}${values(old_value, new_value)}`,
    ...(old_value === undefined || old_value === null ? {} : { old_value }),
    ...(new_value === undefined || new_value === null ? {} : { new_value }),
  };
}

function values(before: unknown, after: unknown): string {
  const shown = (value: unknown) => (value === undefined || value === null ? "nothing" : JSON.stringify(value));
  return (before ?? after) === undefined || (before ?? after) === null ? "" : `: ${shown(before)} → ${shown(after)}`;
}
