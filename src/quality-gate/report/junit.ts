import { xml } from "../../lib/xml.ts";
import { atLeast, type ScanViolation, type Severity } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { describeCodes } from "../catalogue.ts";
import { onOneLine } from "./text.ts";

/**
 * A scan as JUnit XML: a suite for each service, a case for each rule that ran. A case fails when the rule found
 * something at or above `fail_on`; what lies below is written out without failing. Files that could not be parsed, and a
 * scan of nothing, are skipped cases.
 */
export function junitReport(report: ScanReport, { fail_on }: { fail_on: Severity }): string {
  const titles = new Map(describeCodes().map(({ code, title }) => [code, title]));
  const services = new Set([...report.services, ...report.violations.map(({ service }) => service)]);
  const suites = [...services].sort().map((service) => {
    const found = report.violations.filter((finding) => finding.service === service);
    const cases = report.rules_run.map((code) => ruleCase(service, code, titles.get(code) ?? "", found, fail_on));
    return suite(service || "project", cases);
  });
  const unseen = [
    ...(report.files_scanned === 0 ? [skippedCase("files", "Nothing was scanned.")] : []),
    ...report.unparsed.map((path) => skippedCase(path, "It could not be fully read, so it was not fully checked.")),
  ];
  const all = unseen.length > 0 ? [...suites, suite("not checked", unseen)] : suites;
  const sum = (count: (one: Suite) => number) => all.reduce((total, one) => total + count(one), 0);
  const seconds = (report.duration_ms / 1000).toFixed(3);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="super-orchestrator scan" tests="${sum(({ tests }) => tests)}" failures="${sum(({ failures }) => failures)}" errors="0" skipped="${sum(({ skipped }) => skipped)}" time="${seconds}">`,
    ...all.map(({ xml }) => xml),
    "</testsuites>",
  ].join("\n");
}

interface Case {
  xml: string;
  outcome: "passed" | "failed" | "skipped";
}

interface Suite {
  xml: string;
  tests: number;
  failures: number;
  skipped: number;
}

function suite(name: string, cases: readonly Case[]): Suite {
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  const numbers = { tests: cases.length, failures: count("failed"), skipped: count("skipped") };
  const head = `  <testsuite name="${xml(name)}" tests="${numbers.tests}" failures="${numbers.failures}" errors="0" skipped="${numbers.skipped}">`;
  return { ...numbers, xml: [head, ...cases.map((one) => one.xml), "  </testsuite>"].join("\n") };
}

function ruleCase(
  service: string,
  code: string,
  title: string,
  found: readonly ScanViolation[],
  fail_on: Severity,
): Case {
  const mine = found.filter((finding) => finding.code === code);
  const failing = mine.filter(({ severity }) => atLeast(severity, fail_on));
  const below = mine.filter((finding) => !failing.includes(finding));
  const head = `    <testcase classname="${xml(service || "project")}" name="${xml(`${code} ${title}`)}"`;
  if (mine.length === 0) return { xml: `${head}/>`, outcome: "passed" };
  const first = failing[0];
  const body = [
    ...(first
      ? [
          `      <failure type="${xml(first.severity)}" message="${xml(first.message)}">${xml(failing.map(lineOf).join("\n"))}</failure>`,
        ]
      : []),
    ...(below.length > 0 ? [`      <system-out>${xml(below.map(lineOf).join("\n"))}</system-out>`] : []),
  ];
  return { xml: [`${head}>`, ...body, "    </testcase>"].join("\n"), outcome: first ? "failed" : "passed" };
}

function skippedCase(name: string, reason: string): Case {
  const head = `    <testcase classname="not checked" name="${xml(name)}">`;
  return { xml: `${head}<skipped message="${xml(reason)}"/></testcase>`, outcome: "skipped" };
}

function lineOf({ file_path, line, column, severity, message, fix }: ScanViolation): string {
  return `${onOneLine(file_path)}:${line}:${column} ${severity}: ${message} ${fix}`;
}
