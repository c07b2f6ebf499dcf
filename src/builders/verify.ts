import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../lib/errors.ts";
import { baseEnvironment, type Child, runToEnd, type Spawn } from "../lib/exec.ts";
import { digestTree, listFiles } from "../lib/fs.ts";
import { sha256 } from "../lib/ids.ts";
import type { CommandEvidence, Evidence } from "../model/evidence.ts";
import { GRADLE_MANIFESTS, goToolchain, gradleToolchain, hasGradle, mavenToolchain } from "./verify/compiled.ts";
import { nodeToolchain } from "./verify/node.ts";
import { readFrom } from "./verify/output.ts";
import { PYTHON_MANIFESTS, pythonToolchain } from "./verify/python.ts";
import { readTestSources } from "./verify/sources.ts";
import { hasAny, type PlannedCommand, type Surroundings, type Toolchain } from "./verify/toolchain.ts";

/** What to look at, and how. Logs and reports go to `logDir`, never into the service's folder. */
export interface VerifyRequest {
  service: string;
  directory: string;
  logDir: string;
  spawn: Spawn;
  /** Limit for all commands together. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called when all is installed and built, before the tests begin. */
  beforeTests?: (() => Promise<void>) | undefined;
}

/**
 * Install, build and test a service with its own commands and say what was seen. `tree_digest` is of the files as they
 * were when the tests began. A service without tests, or whose tests fail, is not verified, with the reason.
 * Errors: ENVIRONMENT when this machine lacks what is needed (a tool, network, disk space), which is nobody's bad work;
 * the signal's reason when it is aborted, after every child has ended.
 */
export async function verifyService(request: VerifyRequest): Promise<Evidence> {
  const { directory, logDir, service, signal } = request;
  signal.throwIfAborted();
  if (!existsSync(directory) || listFiles(directory).length === 0)
    return { ...unseen(), tree_digest: sha256(""), reason: "Nothing was delivered: the folder is empty." };
  mkdirSync(logDir, { recursive: true });
  const toolchain = chooseToolchain({ directory, reportDir: emptyFolder(join(logDir, `${service}.reports`)) });
  if ("reason" in toolchain) return { ...unseen(), tree_digest: digestTree(directory), reason: toolchain.reason };
  const deadline = Date.now() + request.timeoutMs;
  const commands: CommandEvidence[] = [];
  let digest = "";
  for (const planned of toolchain.commands) {
    if (planned.unless && (await probe(request, planned.unless, deadline))) continue;
    if (planned.purpose === "test") {
      await request.beforeTests?.();
      digest = digestTree(directory);
    }
    const evidence = await runPlanned(request, planned, deadline);
    commands.push(evidence);
    if (evidence.exit_code !== 0) break;
  }
  const reason = whyNotVerified(commands);
  return {
    tree_digest: digest || digestTree(directory),
    gathered_at: new Date().toISOString(),
    commands,
    verified: reason === "",
    reason,
    ...(commands.some(({ purpose }) => purpose === "test") ? { test_sources: readTestSources(directory) } : {}),
  };
}

/** What an earlier run reported must not be taken for this one's. */
function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function unseen(): Omit<Evidence, "tree_digest" | "reason"> {
  return { gathered_at: new Date().toISOString(), commands: [], verified: false };
}

/** By manifest; a manifest that names no tests does not hide another one that does. */
function chooseToolchain(surroundings: Surroundings): Toolchain {
  const { directory } = surroundings;
  const reasons: string[] = [];
  if (hasAny(directory, ["package.json"])) {
    const node = nodeToolchain(surroundings);
    if ("commands" in node) return node;
    reasons.push(node.reason);
  }
  if (hasAny(directory, PYTHON_MANIFESTS)) return pythonToolchain(surroundings);
  if (hasAny(directory, ["go.mod"])) return goToolchain();
  if (hasAny(directory, ["pom.xml"])) return mavenToolchain(surroundings);
  if (hasGradle(directory)) return gradleToolchain(surroundings);
  const known = ["package.json", ...PYTHON_MANIFESTS, "go.mod", "pom.xml", ...GRADLE_MANIFESTS];
  return { reason: reasons[0] ?? `There is no manifest that says how to test it (${known.join(", ")}).` };
}

async function runPlanned(request: VerifyRequest, planned: PlannedCommand, deadline: number): Promise<CommandEvidence> {
  const { purpose, command, args, plain, script } = planned;
  const line = [command, ...args].join(" ");
  const logFile = join(request.logDir, `${request.service}.${purpose}.log`);
  const offset = existsSync(logFile) ? statSync(logFile).size : 0;
  const begin = Date.now();
  const exit = await runChild(request, planned, logFile, deadline);
  const output = readFrom(logFile, offset);
  if (exit.code !== 0) {
    const signs = purpose === "install" ? INFRASTRUCTURE : DOWNLOADS;
    assertNotInfrastructure(signs, output, line, logFile);
  }
  const report = planned.report?.(output, begin) ?? null;
  return {
    purpose,
    command: line,
    ...(plain === undefined || plain === line ? {} : { plain }),
    exit_code: exit.code,
    duration_ms: exit.durationMs,
    timed_out: exit.timedOut,
    tests: report?.counts ?? null,
    ...(report ? { roster: report.roster } : {}),
    ...(script === undefined ? {} : { script }),
    log_file: logFile,
  };
}

async function probe(
  request: VerifyRequest,
  command: { command: string; args: string[] },
  deadline: number,
): Promise<boolean> {
  const logFile = join(request.logDir, `${request.service}.install.log`);
  return (await runChild(request, command, logFile, deadline)).code === 0;
}

type Runnable = Pick<PlannedCommand, "command" | "args" | "env"> & { purpose?: string };

/** Run to the end and leave nothing of its process group behind. */
async function runChild(request: VerifyRequest, planned: Runnable, logFile: string, deadline: number) {
  const { service, directory, signal } = request;
  signal.throwIfAborted();
  let child: Child | undefined;
  const spawn: Spawn = async (spec) => {
    child = await request.spawn(spec);
    return child;
  };
  const spec = {
    purpose: `${planned.purpose ?? "look at"} ${service}`,
    command: planned.command,
    args: planned.args,
    cwd: directory,
    env: baseEnvironment({ CI: "1", NO_COLOR: "1", ...withinReach(directory), ...planned.env }),
    logFile,
  };
  const exit = await runToEnd(spawn, spec, { timeoutMs: Math.max(1, deadline - Date.now()), signal });
  await child?.stop();
  signal.throwIfAborted();
  return exit;
}

/** A package that sets up git when it is installed must not find the repository of the project around it. */
function withinReach(directory: string): Record<string, string> {
  return { GIT_CEILING_DIRECTORIES: dirname(dirname(directory)) };
}

const INFRASTRUCTURE =
  /\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOSPC)\b|No space left on device|Temporary failure in name resolution|NewConnectionError|ProxyError/;

/** Go, Maven and Gradle fetch dependencies while they test. A test of its own that finds no peer looks different. */
const DOWNLOADS = /Could not transfer artifact|Could not GET 'http|dial tcp: lookup|No space left on device/;

/** A command that failed for want of network or disk says nothing about the service. */
function assertNotInfrastructure(signs: RegExp, output: string, command: string, logFile: string): void {
  const [sign] = signs.exec(output) ?? [];
  if (sign === undefined) return;
  throw new AppError("ENVIRONMENT", `${command} could not reach what it needs (${sign}).`, {
    remedy: `Check network, proxy and disk space (log: ${logFile}), then resume.`,
  });
}

/** What keeps it from being verified; "" when nothing does. */
function whyNotVerified(commands: CommandEvidence[]): string {
  const failed = commands.find((command) => command.exit_code !== 0);
  const test = commands.find((command) => command.purpose === "test");
  if (failed) return describeFailure(failed);
  if (test === undefined) return "No test command was run.";
  const { tests, log_file, command, plain = command } = test;
  if (tests === null) return `${plain} ended with 0, but left no test report that can be read (${log_file}).`;
  if (tests.failed > 0) return `${failedTests(test)} (${log_file}).`;
  return tests.executed === 0 ? `${plain} executed no test (${log_file}).` : "";
}

function describeFailure(evidence: CommandEvidence): string {
  const { command, plain = command, exit_code, timed_out, log_file } = evidence;
  const failures = evidence.tests && evidence.tests.failed > 0 ? `; ${failedTests(evidence)}` : "";
  if (timed_out) return `${plain} did not end in time${failures} (${log_file}).`;
  if (exit_code === null) return `${plain} was ended by a signal${failures} (${log_file}).`;
  return `${plain} ended with ${exit_code}${failures} (${log_file}).`;
}

/** `2 of 9 tests failed: "adds", "subtracts"` */
function failedTests({ tests, roster }: CommandEvidence): string {
  const names = (roster?.failures ?? []).slice(0, 3).map(({ name, message }) => {
    const [why = ""] = message.split("\n");
    return `"${name}"${why ? ` (${why.slice(0, 120)})` : ""}`;
  });
  const named = names.length > 0 ? `: ${names.join(", ")}` : "";
  return `${tests?.failed ?? 0} of ${tests?.executed ?? 0} tests failed${named}`;
}
