import type { Child, Spawn } from "../../lib/exec.ts";
import { randomHex } from "../../lib/ids.ts";
import { endProcess, findByEnvironment } from "../../lib/process.ts";

/** Marks everything one run started, so that a grandchild that left the process group is found too. */
const RUN_VARIABLE = "SUPER_ORCHESTRATOR_BUILD_RUN";

/** The processes of one run. */
export interface RunGroup {
  spawn: Spawn;
  /** End all that still runs of it: agents leave servers and watchers behind. */
  end(): Promise<void>;
}

export function runGroup(spawn: Spawn): RunGroup {
  const id = randomHex(8);
  const children: Child[] = [];
  return {
    spawn: async (spec) => {
      const child = await spawn({ ...spec, env: { ...spec.env, [RUN_VARIABLE]: id } });
      children.push(child);
      return child;
    },
    end: async () => {
      await Promise.all(children.map((child) => child.stop()));
      await Promise.all(findByEnvironment(RUN_VARIABLE, id).map((stray) => endProcess(stray)));
    },
  };
}
