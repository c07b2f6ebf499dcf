import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where something that only saves work is kept: beside the project's state where it has some; otherwise among the
 * user's caches, so that looking leaves no trace in a folder.
 */
export function cacheFile(workspace: string, name: string): string {
  const state = join(workspace, ".super-orchestrator");
  if (existsSync(state)) return join(state, name);
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(caches, "super-orchestrator", name);
}
