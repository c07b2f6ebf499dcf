import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError, messageOf } from "../lib/errors.ts";
import { writeJson } from "../lib/fs.ts";
import type { ScanReport } from "../model/scan-report.ts";
import { compare } from "./findings.ts";

/** Findings that are known and are not to be judged again: one a line of review, none of them with a line number. */
const Baseline = z.object({
  version: z.literal(1),
  findings: z.array(
    z.object({ file: z.string(), code: z.string(), message: z.string(), fingerprint: z.string().min(1) }),
  ),
});
export type Baseline = z.infer<typeof Baseline>;

/** The findings of a scan as a baseline: the same findings give the same file. What is merely info is left out. */
export function baselineOf({
  violations,
  known_findings,
}: Pick<ScanReport, "violations" | "known_findings">): Baseline {
  const findings = [...violations, ...known_findings]
    .filter(({ severity }) => severity !== "info")
    .map(({ file_path: file, code, message, fingerprint }) => ({ file, code, message, fingerprint }))
    .sort((a, b) => compare(a.file, b.file) || compare(a.code, b.code) || compare(a.fingerprint, b.fingerprint));
  return { version: 1, findings };
}

/** Write a baseline, atomically. Errors: ENVIRONMENT when the place cannot be written. */
export function writeBaseline(path: string, baseline: Baseline): void {
  try {
    writeJson(path, baseline);
  } catch (cause) {
    throw new AppError("ENVIRONMENT", `The baseline ${path} cannot be written: ${messageOf(cause)}.`, {
      remedy: "Name a place that can be written.",
      cause,
    });
  }
}

/** The fingerprints of a baseline file. Errors: NOT_FOUND; INVALID_INPUT when it is no baseline. */
export function readBaseline(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError("NOT_FOUND", `The baseline ${path} cannot be read: ${messageOf(cause)}.`, {
      remedy: "Write one with create_baseline (command: baseline), or check the path.",
      cause,
    });
  }
  const parsed = Baseline.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data.findings.map(({ fingerprint }) => fingerprint);
  throw new AppError("INVALID_INPUT", `${path} is not a baseline of version 1.`, {
    remedy: "Write it anew with create_baseline (command: baseline).",
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
