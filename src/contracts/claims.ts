import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";

/** What somebody says to have implemented. */
export interface Claim {
  service_name: string;
  evidence_path: string;
  at: string;
}

/** Claims of implementation in the state database: the newest of each service for a contract. They prove nothing. */
export function createClaims(db: Db, clock: () => Date) {
  return {
    /** Keep a claim. Errors: INVALID_INPUT for an empty service. */
    keep({ contract_id, service_name, evidence_path }: Omit<Claim, "at"> & { contract_id: string }): void {
      if (service_name.trim() === "")
        throw new AppError("INVALID_INPUT", "The claim names no service.", { remedy: "Pass service_name." });
      db.prepare("INSERT OR REPLACE INTO contracts_claim VALUES (?, ?, ?, ?)").run(
        contract_id,
        service_name,
        evidence_path,
        clock().toISOString(),
      );
    },
    /** Claims for one contract, the newest first. */
    of(contract_id: string): Claim[] {
      return db
        .prepare<[string], Claim>(
          "SELECT service_name, evidence_path, at FROM contracts_claim WHERE contract_id = ? ORDER BY at DESC",
        )
        .all(contract_id);
    },
  };
}
export type Claims = ReturnType<typeof createClaims>;
