import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { AppError } from "../../lib/errors.ts";
import type { CommandEvidence } from "../../model/evidence.ts";
import type { TestReport } from "./report/roster.ts";

/** One command to run in a service's folder. */
export interface PlannedCommand {
  purpose: CommandEvidence["purpose"];
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Only needed when this probe ends with another status than 0. */
  unless?: { command: string; args: string[] };
  /** The same as a person would type it, without what only we need. */
  plain?: string;
  /** What it runs in the end, where a manifest says so. */
  script?: string;
  /** What a test run reported: in files it left after `since` (ms), or, where there are none, in its output. */
  report?: (output: string, since: number) => TestReport | null;
}

/** How a service is installed, built and tested; or why that cannot be told. */
export type Toolchain = { commands: PlannedCommand[] } | { reason: string };

/** Where this run may keep reports: outside the service's folder. */
export interface Surroundings {
  directory: string;
  /** An empty folder. */
  reportDir: string;
}

/** The first of these programs on PATH. Errors: ENVIRONMENT when the machine has none of them. */
export function requireTool(names: string[], what: string): string {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const name of names) for (const folder of folders) if (isExecutable(join(folder, name))) return name;
  throw new AppError("ENVIRONMENT", `${names.join(" or ")} is not installed; it is needed to test ${what}.`, {
    remedy: `Install ${names[0]} and put it on PATH, then resume.`,
  });
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a folder has one of these files. */
export function hasAny(directory: string, names: string[]): boolean {
  return names.some((name) => existsSync(join(directory, name)));
}
