import { xml } from "../../../lib/xml.ts";
import type { FuzzReport, FuzzViolation } from "../../../model/fuzz-report.ts";

/** A report as JUnit XML: a case for each operation, with its findings as failures; what was not tested is skipped. */
export function fuzzJunit(report: FuzzReport): string {
  const cases = report.operations.map(({ method, path, skipped }) => {
    const found = report.violations.filter((one) => one.path === path && one.method === method);
    return { name: `${method} ${path}`, found, skipped };
  });
  const known = new Set(cases.flatMap(({ found }) => found));
  const rest = report.violations.filter((one) => !known.has(one));
  for (const one of rest) cases.push({ name: `${one.method} ${one.path}`, found: [one], skipped: "" });
  const failed = cases.filter(({ found }) => found.length > 0).length;
  const skipped = cases.filter((one) => one.found.length === 0 && one.skipped !== "").length;
  const seconds = (report.duration_ms / 1000).toFixed(3);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="super-orchestrator fuzz" tests="${cases.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds}">`,
    `  <testsuite name="${xml(report.url)}" tests="${cases.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds}">`,
    ...cases.map(caseOf),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n");
}

function caseOf({ name, found, skipped }: { name: string; found: FuzzViolation[]; skipped: string }): string {
  const head = `    <testcase classname="contract" name="${xml(name)}"`;
  const [first] = found;
  if (first !== undefined) {
    const text = found
      .map(
        (one) => `${one.severity} ${one.code} ${one.message}\nexpected ${one.expected}; got ${one.actual}\n${one.curl}`,
      )
      .join("\n\n");
    return `${head}>\n      <failure type="${xml(first.code)}" message="${xml(first.message)}">${xml(text)}</failure>\n    </testcase>`;
  }
  return skipped === "" ? `${head}/>` : `${head}><skipped message="${xml(skipped)}"/></testcase>`;
}
