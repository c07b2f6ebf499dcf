import { z } from "zod";
import type { Db } from "../../lib/db.ts";
import { ContractType } from "../../model/contract.ts";

/** What was frozen in an external engine, and under which id. */
export const FrozenRecord = z.object({
  build_cycle_id: z.string(),
  service_name: z.string(),
  type: ContractType,
  version: z.string(),
  spec_hash: z.string(),
  contract_id: z.string(),
});
export type FrozenRecord = z.infer<typeof FrozenRecord>;

/** Our own record of what an external engine holds for which pipeline: it may know no pipelines, and it may change. */
export function frozenRecords(db: Db) {
  const ofCycle = db.prepare<[string]>("SELECT * FROM contracts_remote WHERE build_cycle_id = ? ORDER BY rowid");
  const insert = db.prepare(
    `INSERT INTO contracts_remote VALUES (@build_cycle_id, @service_name, @type, @version, @spec_hash, @contract_id)
     ON CONFLICT (build_cycle_id, service_name, type) DO UPDATE SET contract_id = excluded.contract_id`,
  );
  return {
    ofCycle: (id: string): FrozenRecord[] => ofCycle.all(id).map((row) => FrozenRecord.parse(row)),
    /** Content never changes; an engine that lost a contract gives it another id. */
    keep: (record: FrozenRecord): void => void insert.run(record),
  };
}
export type FrozenRecords = ReturnType<typeof frozenRecords>;
