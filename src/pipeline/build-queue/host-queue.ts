import type { HostQueue } from "../../builders/port.ts";
import type { Db } from "../../lib/db.ts";
import { closeBuild, findBuildTask, offerBuild, requeueLost, touchClaim, withdrawBuild } from "./queue.ts";

/** The queue of host builds in the state database, as the builder sees it. */
export function createHostQueue(db: Db): HostQueue {
  return {
    offer: (key, task) => offerBuild(db, key, task),
    look: (key) => {
      const task = findBuildTask(db, key);
      if (task?.state === "claimed" && task.seen_at + task.lease_ms < Date.now()) {
        requeueLost(db, key.pipeline_id);
        return createHostQueue(db).look(key);
      }
      const { state = "closed", submission = null, agent = "", token = 0 } = task ?? {};
      return { state, submission, agent, token };
    },
    touch: (key) => touchClaim(db, key),
    withdraw: (key) => withdrawBuild(db, key),
    close: (key, reason) => closeBuild(db, key, reason),
  };
}
