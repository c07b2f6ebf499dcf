import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { Severity } from "../model/finding.ts";
import { allCodes } from "./codes.ts";
import { defineTool } from "./define-tool.ts";

const Files = z.record(z.string(), z.string());

export const explainCode = defineTool({
  name: "explain_code",
  title: "Explain a code",
  toolset: "quality",
  description: "What a finding's code means: why it matters, how to fix it, examples.",
  input: z.object({ code: z.string().describe("E.g. SEC-001; code of a finding.") }),
  output: z.object({
    code: z.string(),
    title: z.string(),
    severity: Severity,
    category: z.string(),
    why: z.string(),
    fix: z.string(),
    reads: z.array(z.string()).describe("Languages and kinds of files it looks at."),
    bad: Files.nullable().describe("Files of an example that has it."),
    good: Files.nullable().describe("Files of an example that does not."),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "explain", arguments: ["code"] },
  run: async ({ code }) => {
    const { codes } = await allCodes();
    const wanted = code.trim().toUpperCase();
    const found = codes.find((one) => one.code === wanted);
    if (found)
      return {
        ...found,
        next_step: found.bad
          ? `Fix it as said; what is found by mistake takes the comment so-ignore ${found.code}: reason on its line.`
          : "Fix it as said and run the gate again.",
      };
    const meant = nearest(
      wanted,
      codes.map((one) => one.code),
    );
    throw new AppError("NOT_FOUND", `There is no code ${code}.`, {
      remedy: `${meant ? `Did you mean ${meant}? ` : ""}list_codes (command: codes) lists them all.`,
    });
  },
  text: (entry) =>
    [
      `${entry.code} ${entry.title} (${entry.severity}, ${entry.category})`,
      `Why: ${entry.why}`,
      `Fix: ${entry.fix}`,
      ...(entry.reads.length > 0 ? [`Reads: ${entry.reads.join(", ")}`] : []),
      ...example("Found:", entry.bad),
      ...example("Not found:", entry.good),
      `Next: ${entry.next_step}`,
    ].join("\n"),
});

function example(title: string, files: Record<string, string> | null): string[] {
  return Object.entries(files ?? {}).flatMap(([name, text], index) => [
    ...(index === 0 ? [title] : []),
    `  ${name}`,
    ...text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
  ]);
}
