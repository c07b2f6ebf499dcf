import { z } from "zod";
import { ContractType, ImplementationCount, UnimplementedContract } from "../../model/contract.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, listOf } from "../../model/remote-answer.ts";
import { getEntry } from "./entries.ts";
import { countOperations } from "./operations.ts";

const Open = z.looseObject({
  id: z.string(),
  type: ContractType,
  version: z.string(),
  expected_service: z.string().nullish(),
  service_name: z.string().nullish(),
});
const OpenList = listOf(z.union([UnimplementedContract, Open]), "items", "contracts");

const Nothing = z.union([z.null(), z.literal(""), z.literal("null"), z.array(z.unknown()).max(0)]);

/** Keep a builder's claim. An engine that answers nothing, as the specification has it, is asked what is still open. */
export async function remoteMark(
  remote: RemoteTools,
  claim: { contract_id: string; service_name: string; evidence_path: string },
): Promise<ImplementationCount> {
  const { contract_id, service_name, evidence_path } = claim;
  const offer = { contract_id, "service_name|service": service_name, evidence_path };
  const answer = await askRemote(remote, "mark_implemented", offer, z.union([ImplementationCount, Nothing]));
  if (answer !== null && typeof answer === "object" && !Array.isArray(answer)) return answer;
  const open = await openContracts(remote, service_name);
  return { marked: true, total_implementations: null, all_implemented: open.every(({ id }) => id !== contract_id) };
}

/** Contracts that the engine holds for unimplemented, each once; it looks at claims only, so their state is unknown. */
export async function remoteUnimplemented(
  remote: RemoteTools,
  service_name: string | undefined,
): Promise<UnimplementedContract[]> {
  const open = new Map((await openContracts(remote, service_name)).map((item) => [item.id, item]));
  const found: UnimplementedContract[] = [];
  for (const item of open.values()) {
    const full = UnimplementedContract.safeParse(item);
    if (full.success) found.push(full.data);
    else {
      const contract = await getEntry(remote, item.id);
      const { id, type, version } = item;
      const expected_service = contract.service_name;
      const operations_total = countOperations(contract);
      found.push({
        id,
        type,
        version,
        expected_service,
        status: "unknown",
        operations_total,
        missing: [],
        claim: null,
      });
    }
  }
  return found;
}

function openContracts(remote: RemoteTools, service_name: string | undefined) {
  const offer = { "service_name|service": service_name, limit: 100, whole: true };
  return askRemote(remote, "get_unimplemented_contracts", offer, OpenList);
}
