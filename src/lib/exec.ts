import { type ChildProcess, spawn as spawnProcess } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** Standard output is appended here instead. */
  outputFile?: string;
  /** What it reads as standard input; nothing when left out. */
  inputFile?: string;
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
  const gate = 'read -r go && input=$1 && shift && exec "$@" <"$input"';
  const args = gated ? ["-c", gate, "sh", spec.inputFile ?? "/dev/null", spec.command, ...spec.args] : spec.args;
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
  child.stdin?.end(!gated && spec.inputFile !== undefined ? readFileSync(spec.inputFile) : "go\n");
  return { pid, started, exited, stop: () => endGroup(pid).then(() => exited.then(() => {})) };
}

/** Start a program that goes on when this one ends; nobody waits for it. Gives its process id. */
export async function startDetached(spec: Omit<SpawnSpec, "purpose">): Promise<number> {
  const { child, pid } = await startGroup(spec.command, spec.args, { ...spec, stdin: "ignore" });
  child.unref();
  return pid;
}

/** A child that is talked to over its standard input and output. */
export interface Peer extends ProcessIdentity {
  input: Writable;
  output: Readable;
  errors: Readable;
  exited: Promise<Exit>;
  /** Close its input, wait up to `graceMs` for it to go by itself, then end its group. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Start a child in its own process group, its streams piped to us. It does not keep this process running, and its input
 * ends when this process ends, however that happens. Errors: ENVIRONMENT when it cannot be started.
 */
export async function startPeer(spec: Pick<SpawnSpec, "command" | "args" | "cwd" | "env">): Promise<Peer> {
  const { command, args, cwd, env } = spec;
  const child = spawnProcess(command, args, { cwd, env, detached: true, windowsHide: true, stdio: "pipe" });
  const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const { pid } = child;
  if (pid === undefined) throw cannotStart(spec, await new Promise<Error>((resolve) => child.once("error", resolve)));
  child.on("error", () => {});
  child.unref();
  // Pipes of a child are sockets, which the types do not say.
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
  child.stdin.on("error", () => {});
  // What it started ends with it, and at once: later the id of its group may be somebody else's.
  const gone = exited.then(() => endGroup(pid));
  const stop = async (graceMs = 1000) => {
    child.stdin.end();
    const patience = new AbortController();
    const late = sleep(graceMs, true, { signal: patience.signal }).catch(() => false);
    if (await Promise.race([exited.then(() => false), late])) {
      await endGroup(pid, graceMs);
      // Where there are no groups (Windows), the process alone.
      child.kill("SIGKILL");
    }
    patience.abort();
    await gone;
  };
  const { stdin: input, stdout: output, stderr: errors } = child;
  return { pid, started: startTimeOf(pid) ?? "", input, output, errors, exited, stop };
}

/** Output goes to the file through the child's own descriptor, so that it outlives this process. */
async function startGroup(
  command: string,
  args: string[],
  spec: Omit<SpawnSpec, "purpose" | "command" | "args"> & { stdin: "pipe" | "ignore" },
): Promise<{ child: ChildProcess; pid: number }> {
  const open = (file: string) => {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  };
  const log = open(spec.logFile);
  const output = spec.outputFile === undefined ? log : open(spec.outputFile);
  const child = spawnProcess(command, args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: [spec.stdin, output, log],
  });
  for (const handle of new Set([log, output])) closeSync(handle);
  if (child.pid !== undefined) return { child, pid: child.pid };
  throw cannotStart({ command, cwd: spec.cwd }, await new Promise<Error>((resolve) => child.once("error", resolve)));
}

function cannotStart({ command, cwd }: { command: string; cwd: string }, cause: Error): AppError {
  return new AppError("ENVIRONMENT", `${command} could not be started in ${cwd}: ${cause.message}.`, {
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

/**
 * Run a short command and give what it wrote. Standard output and error are read apart and kept up to `maxBytes` each;
 * beyond that, on `timeoutMs` and on abort the group is ended and `code` is null. Errors: ENVIRONMENT when it cannot be started.
 */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: {
    cwd: string;
    env: Record<string, string>;
    timeoutMs: number;
    maxBytes: number;
    signal?: AbortSignal;
    /** What it reads as standard input; nothing when left out. */
    input?: string;
  },
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { cwd, env, timeoutMs, maxBytes, signal, input } = options;
  const child = spawnProcess(command, [...args], { cwd, env, detached: true, stdio: "pipe" });
  // It may end without having read everything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const texts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const end = () => {
    if (child.pid !== undefined) void endGroup(child.pid, 0);
  };
  for (const name of ["stdout", "stderr"] as const) {
    let bytes = 0;
    child[name].on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) end();
      else texts[name].push(chunk);
    });
  }
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (cause) =>
        reject(
          new AppError("ENVIRONMENT", `${command} could not be started: ${cause.message}.`, {
            remedy: `Install ${command}, or put it on PATH; then try again.`,
            cause,
          }),
        ),
      );
      child.once("close", resolve);
    });
    const text = (name: "stdout" | "stderr") => Buffer.concat(texts[name]).toString("utf8");
    return { code, stdout: text("stdout"), stderr: text("stderr") };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
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
