import type { IntegrationCode } from "../integrator/codes.ts";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { atLeast, type Severity } from "../model/finding.ts";

/** A code of any part of the gate. */
export interface CodeEntry {
  code: string;
  severity: Severity;
  /** A scan category, `service` (layer 1), `integration` (layer 2) or `contract` (changed while a pipeline runs). */
  category: string;
  title: string;
  why: string;
  fix: string;
  /** Languages and kinds of files it reads; empty for codes about running services. */
  reads: string[];
  bad: Record<string, string> | null;
  good: Record<string, string> | null;
}

const AS_THE_CONTRACT_SAYS =
  "Make the service do what its contract says; the finding names the clause and a command that shows it again.";

/** Every code a scan or a gate may report. Errors: INVALID_INPUT for a category that does not exist. */
export async function allCodes(
  filter: { category?: string | undefined; min_severity?: Severity } = {},
): Promise<{ codes: CodeEntry[] }> {
  const [{ describeCodes }, { SERVICE_CODES }, { INTEGRATION_CODES }, { PIPELINE_CODES }] = await Promise.all([
    import("../quality-gate/catalogue.ts"),
    import("../quality-gate/layers/codes.ts"),
    import("../integrator/codes.ts"),
    import("../pipeline/codes.ts"),
  ]);
  const none = { reads: [], bad: null, good: null };
  const codes: CodeEntry[] = [
    ...describeCodes().map(({ code, severity, category, title, why, fix, languages, files, bad, good }) => {
      const hide = category === "secrets";
      return {
        code,
        severity,
        category,
        title,
        why,
        fix,
        reads: [...languages, ...files],
        bad: exampleOf(bad[0], hide),
        good: exampleOf(good[0], hide),
      };
    }),
    ...Object.entries(SERVICE_CODES).map(([code, { severity, title, meaning, fix }]) => ({
      ...none,
      code,
      severity,
      category: "service",
      title,
      why: meaning,
      fix,
    })),
    ...Object.entries(PIPELINE_CODES).map(([code, { severity, title, meaning, fix }]) => ({
      ...none,
      code,
      severity,
      category: "contract",
      title,
      why: meaning,
      fix,
    })),
    ...Object.entries(INTEGRATION_CODES).map(([code, described]: [string, IntegrationCode]) => ({
      ...none,
      code,
      severity: described.severity,
      category: "integration",
      title: described.title,
      why: described.meaning,
      fix: described.fix ?? AS_THE_CONTRACT_SAYS,
    })),
  ];
  const categories = [...new Set(codes.map(({ category }) => category))];
  const { category, min_severity = "info" } = filter;
  if (category !== undefined && !categories.includes(category)) {
    const meant = nearest(category, categories);
    throw new AppError("INVALID_INPUT", `There is no category ${category}.`, {
      remedy: `${meant ? `Did you mean ${meant}? ` : ""}Categories: ${categories.join(", ")}.`,
    });
  }
  return {
    codes: codes.filter(
      (one) => (category === undefined || one.category === category) && atLeast(one.severity, min_severity),
    ),
  };
}

type Example = { file: string; code: string } | { files: Record<string, string> };

/** Of secrets, long words are cut: an answer that held them whole would itself be found by scanners. */
function exampleOf(example: Example | undefined, hide: boolean): Record<string, string> | null {
  if (!example) return null;
  const files = "files" in example ? example.files : { [example.file]: example.code };
  const shown = (text: string) =>
    hide ? text.replace(/[A-Za-z0-9+/=_-]{16,}/g, (word) => `${word.slice(0, 6)}…`) : text;
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, shown(text)]));
}
