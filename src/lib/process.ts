import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as it can be recognised later: its id, and when it started (ids are reused, start times are not). */
export interface ProcessIdentity {
  pid: number;
  /** Opaque start-time stamp; "" when the system cannot tell. */
  started: string;
}

/** When a process started, as an opaque stamp, or undefined when it does not run (a zombie does not run). */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return undefined;
      return fields[19];
    } catch {
      return undefined;
    }
  }
  const answer = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.trim() || undefined : undefined;
}

/** The calling process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startTimeOf(process.pid) ?? "" };
}

/** Whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const started = startTimeOf(identity.pid);
  return started !== undefined && (identity.started === "" || started === identity.started);
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * End a whole process group: SIGTERM, wait up to `graceMs`, SIGKILL. `pid` leads the group. Resolves when the group
 * is gone. The caller makes sure that the group is still the one it started.
 */
export async function endGroup(pid: number, graceMs = 3000): Promise<void> {
  if (!signalGroup(pid, "SIGTERM")) return;
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (!groupRuns(pid)) return;
    await sleep(25);
  }
  signalGroup(pid, "SIGKILL");
  for (let waited = 0; waited < 2000 && groupRuns(pid); waited += 25) await sleep(25);
}

/** Whether a group has a member that is not a zombie. */
function groupRuns(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false;
  if (process.platform !== "linux") return true;
  return runningProcesses().some((other) => other.group === pid);
}

interface Running extends ProcessIdentity {
  group: number;
}

function runningProcesses(): Running[] {
  const found: Running[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] !== "Z" && fields[0] !== "X")
        found.push({ pid: Number(name), group: Number(fields[2]), started: fields[19] ?? "" });
    } catch {
      // gone meanwhile
    }
  }
  return found;
}

/**
 * Processes whose environment holds `NAME=value`, on Linux; elsewhere none can be found. Finds grandchildren that
 * left their group, because the environment is inherited.
 */
export function findByEnvironment(name: string, value: string): ProcessIdentity[] {
  return marked(name).filter((found) => found.value === value);
}

/** Processes whose environment holds the variable, with its value; on Linux only, as above. */
export function marked(name: string): (ProcessIdentity & { value: string })[] {
  if (process.platform !== "linux") return [];
  const prefix = `${name}=`;
  return runningProcesses().flatMap(({ pid, started }) => {
    if (pid === process.pid) return [];
    try {
      const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      const entry = entries.find((text) => text.startsWith(prefix));
      return entry === undefined ? [] : [{ pid, started, value: entry.slice(prefix.length) }];
    } catch {
      return [];
    }
  });
}

/** End one process that is still the one meant: SIGTERM, wait up to `graceMs`, SIGKILL. */
export async function endProcess(identity: ProcessIdentity, graceMs = 3000): Promise<void> {
  const send = (signal: NodeJS.Signals) => {
    try {
      if (isAlive(identity)) process.kill(identity.pid, signal);
    } catch {
      // gone meanwhile
    }
  };
  send("SIGTERM");
  for (let waited = 0; waited < graceMs && isAlive(identity); waited += 25) await sleep(25);
  send("SIGKILL");
  for (let waited = 0; waited < 2000 && isAlive(identity); waited += 25) await sleep(25);
}
