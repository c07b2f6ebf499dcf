import type { Db } from "../../lib/db.ts";
import { AppError } from "../../lib/errors.ts";
import type { ContractRegistry } from "../port.ts";
import { frozenRecords } from "./records.ts";

/**
 * The embedded registry in the place of an external engine. A pipeline whose contracts are over there is refused: built
 * from none, it would be built from nothing. Errors of `list`: also REMOTE_UNAVAILABLE.
 */
export function embeddedInstead<Registry extends ContractRegistry>(embedded: Registry, db: Db): Registry {
  const records = frozenRecords(db);
  const list: ContractRegistry["list"] = async (filter) => {
    const { build_cycle_id } = filter;
    const there = build_cycle_id === undefined ? [] : records.ofCycle(build_cycle_id);
    const here = build_cycle_id === undefined ? [] : await embedded.list({ build_cycle_id });
    if (here.length >= there.length) return embedded.list(filter);
    throw new AppError(
      "REMOTE_UNAVAILABLE",
      `The contracts of ${build_cycle_id} are with the external contract engine, which cannot be reached.`,
      { remedy: "Start that server again and resume; it cannot be replaced once contracts are registered there." },
    );
  };
  return { ...embedded, list };
}

/** An external engine, and the contracts of pipelines that were registered here while it could not be reached. */
export function remoteBeside<Registry extends ContractRegistry>(
  remote: Registry,
  embedded: ContractRegistry,
  db: Db,
): Registry {
  const records = frozenRecords(db);
  const list: ContractRegistry["list"] = async (filter) => {
    const { build_cycle_id } = filter;
    if (build_cycle_id !== undefined && records.ofCycle(build_cycle_id).length === 0) {
      const here = await embedded.list({ build_cycle_id });
      if (here.length > 0) return embedded.list(filter);
    }
    return remote.list(filter);
  };
  return { ...remote, list };
}
