import type { Severity } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { sarifReport } from "./sarif.ts";
import { scanText } from "./text.ts";

export { suppressedText } from "./text.ts";

export const SCAN_FORMATS = ["text", "json", "sarif", "junit", "markdown"] as const;
export type ScanFormat = (typeof SCAN_FORMATS)[number];

export interface FormatOptions {
  /** Findings at or above it are failures. */
  fail_on: Severity;
  /** Findings listed by text and markdown; the other formats hold all. */
  limit: number;
  /** Version of this program. */
  version: string;
}

/** A scan as a document for people or for another program. */
export function renderScan(report: ScanReport, format: ScanFormat, options: FormatOptions): string {
  switch (format) {
    case "json":
      return JSON.stringify(report, null, 2);
    case "sarif":
      return JSON.stringify(sarifReport(report, options), null, 2);
    case "junit":
      return junitReport(report, options);
    case "markdown":
      return markdownReport(report, options);
    case "text":
      return scanText(report, options.limit);
  }
}
