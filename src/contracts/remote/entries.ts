import { z } from "zod";
import { hashOf } from "../../lib/ids.ts";
import { Contract, ContractType } from "../../model/contract.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, listOf, remoteFault, toolAmong } from "../../model/remote-answer.ts";
import type { ContractFilter } from "../port.ts";

/** A contract as a server tells it, with or without its document. */
export const RemoteEntry = z.looseObject({
  id: z.string(),
  type: ContractType,
  version: z.string(),
  service_name: z.string(),
  spec: z.record(z.string(), z.unknown()).nullish(),
  // Build 1's word for a contract of which nothing more is known.
  status: z.enum(["active", "deprecated", "draft"]).default("draft"),
  build_cycle_id: z.string().nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
});
export type RemoteEntry = z.infer<typeof RemoteEntry>;

const PAGE_SIZE = 100;
const MAX_PAGES = 200;

const Page = z.object({ items: z.array(RemoteEntry), total: z.number().int() });

/** Every contract the server lists, all versions. A server that knows no pipelines lists those of all. */
export async function listEntries(
  remote: RemoteTools,
  { service_name, build_cycle_id }: ContractFilter,
): Promise<RemoteEntry[]> {
  const { tool } = await toolAmong(remote, ["list_contracts"]);
  const filter = { "service_name|service": service_name, build_cycle_id };
  const ofService = (entries: RemoteEntry[]) =>
    entries.filter((entry) => service_name === undefined || entry.service_name === service_name);
  if (!tool.takes.has("page"))
    return ofService(await askRemote(remote, "list_contracts", filter, listOf(RemoteEntry, "contracts", "items")));
  const found: RemoteEntry[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const offer = { page, page_size: PAGE_SIZE, ...filter };
    const { items, total } = await askRemote(remote, "list_contracts", offer, Page);
    found.push(...items);
    if (items.length === 0 || found.length >= total) break;
  }
  return ofService(found);
}

/** One contract with its document. Errors: NOT_FOUND. */
export async function getEntry(remote: RemoteTools, contract_id: string): Promise<Contract> {
  const entry = await askRemote(remote, "get_contract", { contract_id, whole: true }, RemoteEntry);
  return contractOf(remote, entry);
}

/** The contract of an entry; asks for its document when the entry came without. */
export async function complete(remote: RemoteTools, entry: RemoteEntry): Promise<Contract> {
  return entry.spec ? contractOf(remote, entry) : getEntry(remote, entry.id);
}

/** `spec_hash` is our own: a server may hash in its own way, and what counts is the content that it gave. */
function contractOf(remote: RemoteTools, entry: RemoteEntry): Contract {
  const { build_cycle_id = null, created_at, updated_at, spec } = entry;
  if (!spec) throw remoteFault(remote, "get_contract", `answered out of schema: contract ${entry.id} has no spec`);
  const times = { created_at: created_at ?? "", updated_at: updated_at ?? "" };
  const contract = Contract.safeParse({ ...entry, build_cycle_id, spec_hash: hashOf(spec), ...times });
  if (contract.success) return contract.data;
  const [issue] = contract.error.issues;
  throw remoteFault(remote, "get_contract", `answered out of schema: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Of each pipeline's service and type, the entry with the highest version. */
export function currentOf(entries: readonly RemoteEntry[]): RemoteEntry[] {
  const current = new Map<string, RemoteEntry>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.build_cycle_id ?? null, entry.service_name, entry.type]);
    const other = current.get(key);
    if (!other || compareVersions(entry.version, other.version) > 0) current.set(key, entry);
  }
  return [...current.values()];
}

/** By number, part by part: 1.10.0 is above 1.9.0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const difference = [0, 1, 2].map((part) => (left?.[part] ?? 0) - (right?.[part] ?? 0)).find((part) => part !== 0);
  return difference ?? 0;
}
