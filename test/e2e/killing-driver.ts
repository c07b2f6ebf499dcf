// A driver that kills itself, without a chance to clean up, when the phase of a given state begins or has just ended.
import { createContext } from "../../src/context.ts";
import { silentLog } from "../../src/lib/log.ts";
import { drivePipeline } from "../../src/pipeline/driver.ts";

const [workspace = "", id = "", state = "", moment = ""] = process.argv.slice(2);
const log = silentLog();
log.info = (facts: unknown, message?: unknown) => {
  const at = facts as { state?: string };
  if (at.state === state && message === `phase ${moment}`) process.kill(process.pid, "SIGKILL");
};
const context = createContext({ workspace, log, cliEntry: "" });
await drivePipeline({ ...context, db: context.db, signal: new AbortController().signal }, id);
context.close();
