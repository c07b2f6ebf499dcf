import { type ChildProcess, spawn as spawnProcess } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "./errors.ts";
import { endGroup, type ProcessIdentity, startTimeOf } from "./process.ts";

/** What to start. Output goes to a file, never to an unread pipe. */
export interface SpawnSpec {
  /** What it is for, in a word or two: shown to people and kept with the process record. */
  purpose: string;
  command: string;
  args: string[];
  cwd: string;
  /** The child's whole environment; nothing is inherited. See `baseEnvironment`. */
  env: Record<string, string>;
  /** Standard output and standard error are appended here. */
  logFile: string;
}

export interface Exit {
  /** Exit status; null when a signal ended it. */
  code: number | null;
  signal: string | null;
}

export interface Child extends ProcessIdentity {
  exited: Promise<Exit>;
  /** End the whole process group and wait for it. */
  stop(): Promise<void>;
}

/** Starts a child in its own process group. A pipeline's driver hands out one that records each child first. */
export type Spawn = (spec: SpawnSpec) => Promise<Child>;

/** Variables every program needs to run at all; secrets and session variables of the caller stay out. */
export function baseEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const kept = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SystemRoot",
    "ComSpec",
    "PATHEXT",
  ];
  const env: Record<string, string> = {};
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...extra };
}

/**
 * Start a child in its own process group. The child waits at a gate until `recorded` has returned, so that a crash
 * between start and record leaves no process that nobody knows: its gate sees end-of-file and it exits unrun.
 * (On Windows there is no gate; the record follows the start.)
 */
export async function spawnGroup(
  spec: SpawnSpec,
  recorded: (child: ProcessIdentity) => void = () => {},
): Promise<Child> {
  const gated = process.platform !== "win32";
  const command = gated ? "/bin/sh" : spec.command;
  const args = gated ? ["-c", 'read -r go && exec "$@" </dev/null', "sh", spec.command, ...spec.args] : spec.args;
  const { child, pid } = await startGroup(command, args, { ...spec, stdin: "pipe" });
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const started = startTimeOf(pid) ?? "";
  child.stdin?.on("error", () => {});
  try {
    recorded({ pid, started });
  } catch (cause) {
    child.stdin?.end();
    await endGroup(pid, 0);
    throw cause;
  }
  child.stdin?.end("go\n");
  return { pid, started, exited, stop: () => endGroup(pid).then(() => exited.then(() => {})) };
}

/** Start a program that goes on when this one ends; nobody waits for it. Gives its process id. */
export async function startDetached(spec: Omit<SpawnSpec, "purpose">): Promise<number> {
  const { child, pid } = await startGroup(spec.command, spec.args, { ...spec, stdin: "ignore" });
  child.unref();
  return pid;
}

/** Output goes to the file through the child's own descriptor, so that it outlives this process. */
async function startGroup(
  command: string,
  args: string[],
  spec: { cwd: string; env: Record<string, string>; logFile: string; stdin: "pipe" | "ignore" },
): Promise<{ child: ChildProcess; pid: number }> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a");
  const child = spawnProcess(command, args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: [spec.stdin, log, log],
  });
  closeSync(log);
  if (child.pid !== undefined) return { child, pid: child.pid };
  const cause = await new Promise<Error>((resolve) => child.once("error", resolve));
  throw new AppError("ENVIRONMENT", `${command} could not be started in ${spec.cwd}: ${cause.message}.`, {
    remedy: `Install ${command}, or put it on PATH, and see that the folder exists; then try again.`,
    cause,
  });
}

/** Run a command to its end. On `timeoutMs` or abort the whole group is ended; `timedOut` tells the former. */
export async function runToEnd(
  spawn: Spawn,
  spec: SpawnSpec,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<Exit & { timedOut: boolean; durationMs: number }> {
  const begin = Date.now();
  const child = await spawn(spec);
  let timedOut = false;
  const stop = () => void child.stop();
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, limits.timeoutMs);
  if (limits.signal?.aborted) stop();
  limits.signal?.addEventListener("abort", stop, { once: true });
  try {
    const exit = await child.exited;
    return { ...exit, timedOut, durationMs: Date.now() - begin };
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener("abort", stop);
  }
}

/** The last `maxBytes` of a file as text; "" when it does not exist. */
export function tailOf(file: string, maxBytes = 4096): string {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const size = fstatSync(handle).size;
    const length = Math.min(size, maxBytes);
    const buffer = Buffer.alloc(length);
    readSync(handle, buffer, 0, length, size - length);
    return buffer.toString("utf8");
  } finally {
    closeSync(handle);
  }
}
