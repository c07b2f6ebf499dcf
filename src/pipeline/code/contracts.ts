import { hashOf } from "../../lib/ids.ts";
import type { Contract } from "../../model/contract.ts";
import type { Repository } from "./repository.ts";

/** Where a service's folder holds contracts: its own by type, those of others by service and type. */
function pathOf(service: string, contract: Contract): string {
  const prefix = contract.service_name === service ? "" : `${contract.service_name}_`;
  return `contracts/${prefix}${contract.type}.json`;
}

/**
 * Contracts in a committed service that are not the registered ones, by hash, or that were there in `before` and are gone:
 * one sentence each. `tree` and `before` are tree ids of the service's folder; "" for none.
 */
export async function contractBreaches(
  repository: Repository,
  {
    service,
    tree,
    before,
    contracts,
  }: { service: string; tree: string; before: string; contracts: readonly Contract[] },
): Promise<string[]> {
  const read = async (root: string, path: string) => {
    if (root === "") return undefined;
    const { code, stdout } = await repository.attempt(["cat-file", "blob", `${root}:${path}`]);
    return code === 0 ? stdout : undefined;
  };
  const breaches: string[] = [];
  const folder = tree === "" ? "" : await repository.run(["ls-tree", tree, "--", "contracts"]);
  if (folder !== "" && !folder.startsWith("040000")) breaches.push("It put a link or a file where the contracts are.");
  for (const contract of contracts) {
    const path = pathOf(service, contract);
    const text = await read(tree, path);
    if (text === undefined && (await read(before, path)) !== undefined)
      breaches.push(`It deleted the frozen contract ${path}.`);
    if (text !== undefined && hashOfText(text) !== contract.spec_hash)
      breaches.push(`${path} is not the contract that is registered (${contract.service_name}, ${contract.version}).`);
  }
  return breaches;
}

function hashOfText(text: string): string {
  try {
    return hashOf(JSON.parse(text));
  } catch {
    return "";
  }
}
