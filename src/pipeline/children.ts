import { type Child, type Spawn, spawnGroup } from "../lib/exec.ts";
import { endGroup, endProcess, findByEnvironment, isAlive } from "../lib/process.ts";
import { addProcess, type Ledger, processes, removeProcess } from "./ledger.ts";

/** Every child carries the pipeline's id in its environment, so that even a grandchild can be told to be ours. */
export const PIPELINE_VARIABLE = "SUPER_ORCHESTRATOR_PIPELINE";

/** The children of one driver. */
export interface Children {
  spawn: Spawn;
  /** End the children this driver started, and wait for them. */
  endOwn(): Promise<void>;
  /** The same, and every grandchild that left its group. Only while the lease is ours: the mark is the pipeline's. */
  endAll(): Promise<void>;
}

export function trackChildren(ledger: Ledger): Children {
  const { db, lease } = ledger;
  const id = lease.pipeline_id;
  const live = new Set<Child>();
  const endOwn = async () => {
    await Promise.all([...live].map((child) => child.stop()));
  };
  return {
    spawn: async (spec) => {
      const child = await spawnGroup({ ...spec, env: { ...spec.env, [PIPELINE_VARIABLE]: id } }, (identity) =>
        addProcess(ledger, identity, spec.purpose),
      );
      live.add(child);
      child.exited.then(() => {
        live.delete(child);
        if (db.open) removeProcess(db, id, child);
      });
      return child;
    },
    endOwn,
    endAll: async () => {
      await endOwn();
      await endLeftovers(ledger);
    },
  };
}

/**
 * End what an earlier driver of this pipeline, or a child that ended, left behind: recorded groups that are still the
 * same processes, and any process that carries the pipeline's id.
 */
export async function endLeftovers({ db, lease }: Ledger): Promise<string[]> {
  const id = lease.pipeline_id;
  const ended: string[] = [];
  for (const process of processes(db, id)) {
    if (isAlive(process)) {
      await endGroup(process.pid);
      ended.push(`${process.purpose} (${process.pid})`);
    }
    removeProcess(db, id, process);
  }
  const strays = findByEnvironment(PIPELINE_VARIABLE, id);
  await Promise.all(strays.map((stray) => endProcess(stray)));
  return [...ended, ...strays.map((stray) => `process ${stray.pid}`)];
}

/** The environment for a driver: it must not carry another pipeline's mark, or it would be ended with it. */
export function unmarkedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== PIPELINE_VARIABLE,
  );
  return Object.fromEntries(entries);
}
