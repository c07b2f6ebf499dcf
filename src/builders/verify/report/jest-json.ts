import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { z } from "zod";
import type { ReportSource, TestOutcome } from "../../../model/evidence.ts";
import { reportOf, type TestCase, type TestReport } from "./roster.ts";

/** The JSON of `jest --json`, which `vitest --reporter=json` writes as well. */
const JestJson = z.object({
  testResults: z.array(
    z.object({
      name: z.string().default(""),
      status: z.string().default(""),
      message: z.string().default(""),
      assertionResults: z
        .array(
          z.object({
            fullName: z.string().optional(),
            title: z.string().default(""),
            ancestorTitles: z.array(z.string()).default([]),
            status: z.string(),
            failureMessages: z.array(z.string()).nullish(),
          }),
        )
        .default([]),
    }),
  ),
});

/** undefined when the text is no such report. */
export function readJestJson(text: string, directory: string, source: ReportSource): TestReport | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = JestJson.safeParse(value);
  if (!parsed.success) return undefined;
  const cases = parsed.data.testResults.flatMap(({ name, status, message, assertionResults }): TestCase[] => {
    const file = relativeTo(directory, name);
    if (assertionResults.length === 0 && status === "failed")
      return [{ name: file, outcome: "failed", message, unloaded: true }];
    return assertionResults.map((one) => ({
      name: [file, ...one.ancestorTitles, one.title || one.fullName || ""].filter(Boolean).join(" > "),
      outcome: outcomeOf(one.status),
      message: one.failureMessages?.[0] ?? "",
    }));
  });
  return reportOf(source, cases);
}

/** pending, skipped, todo and disabled are all words for "was not executed". */
function outcomeOf(status: string): TestOutcome {
  return status === "passed" || status === "failed" ? status : "skipped";
}

/** A file below the folder by its relative path, with "/"; any other as it is. */
export function relativeTo(directory: string, file: string): string {
  if (!isAbsolute(file)) return file;
  for (const root of [directory, realPath(directory)]) {
    const path = relative(root, file);
    if (path !== "" && !path.startsWith("..")) return path.split(sep).join("/");
  }
  return file;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
