import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeCounts } from "./counts.ts";
import { readJestJson } from "./report/jest-json.ts";
import { freshXmlFiles, readJunitXml } from "./report/junit-xml.ts";
import { nodeTestOptions, readNodeTest } from "./report/node-test.ts";
import { type TestReport, textReport } from "./report/roster.ts";
import { readTestScript, segmentsOf, type TestScript } from "./script.ts";
import type { PlannedCommand, Surroundings } from "./toolchain.ts";

/** `npm test`, so that its runner leaves a report; which one it is can be told from the scripts only. */
export function npmTest(scripts: Record<string, string>, { directory, reportDir }: Surroundings): PlannedCommand {
  const script = readTestScript(scripts);
  const options = script.runners.includes("node") ? nodeTestOptions(reportDir, ownReporters(script)) : undefined;
  const asked = appendedOptions(script, reportDir);
  const dashes = Array.from({ length: 1 + (script.last?.dashes ?? 0) }, () => "--");
  return {
    purpose: "test",
    command: "npm",
    args: asked ? ["test", ...dashes, ...asked.args] : ["test"],
    plain: "npm test",
    script: script.text,
    ...(options === undefined ? {} : { env: { NODE_OPTIONS: options } }),
    report: (output, since) => {
      const own = asked?.read(directory, since) ?? nodeReport(script, reportDir, directory);
      if (own) return own;
      const counts = nodeCounts(output, directory);
      // Only of a runner that nobody knows: other XML below the folder may be of something else.
      const xml = script.runners.length === 0 ? foreignXml(directory, since) : undefined;
      return xml ?? (counts && textReport(counts));
    },
  };
}

/** Several runners in one script: a report of one of them would leave out what the others did. */
function nodeReport({ runners }: TestScript, reportDir: string, directory: string): TestReport | undefined {
  return runners.every((runner) => runner === "node") ? readNodeTest(reportDir, directory) : undefined;
}

function foreignXml(directory: string, since: number): TestReport | undefined {
  return readJunitXml(
    freshXmlFiles(directory, since, () => true),
    since,
  );
}

/** What each call of node names itself; where they differ no one option fits all. */
function ownReporters({ text }: TestScript) {
  const calls = segmentsOf(text)
    .filter(({ words }) => words.some((word) => /(?:^|[\\/])(?:node|tsx)$/.test(word)))
    .map(({ words }) => ({
      reporters: words.filter((word) => /^--test-reporter(?:=|$)/.test(word)).length,
      destinations: words.filter((word) => /^--test-reporter-destination(?:=|$)/.test(word)).length,
    }));
  const [first = { reporters: 0, destinations: 0 }] = calls;
  const alike = calls.every((one) => JSON.stringify(one) === JSON.stringify(first));
  return alike ? first : { reporters: 2, destinations: 0 };
}

interface Asked {
  args: string[];
  read(directory: string, since: number): TestReport | undefined;
}

/** Options for the runner that gets what is appended, unless the script itself says where a report goes. */
function appendedOptions({ last, runners, text }: TestScript, reportDir: string): Asked | undefined {
  if (last === undefined || runners.length !== 1) return undefined;
  const json = join(reportDir, `${last.runner}.json`);
  const xml = join(reportDir, "mocha.xml");
  switch (last.runner) {
    case "vitest":
      return /--outputFile/.test(text)
        ? undefined
        : {
            args: ["--reporter=default", "--reporter=json", `--outputFile=${json}`],
            read: (directory) => readJestJson(textOf(json), directory, "vitest-json"),
          };
    case "jest":
      return /--(?:json|outputFile)\b/.test(text)
        ? undefined
        : {
            args: ["--json", `--outputFile=${json}`],
            read: (directory) => readJestJson(textOf(json), directory, "jest-json"),
          };
    case "mocha":
      return /(?:^|\s)(?:-R|--reporter)/.test(text)
        ? undefined
        : {
            args: ["--reporter", "xunit", "--reporter-option", `output=${xml}`],
            read: (_directory, since) => readJunitXml([xml], since),
          };
    case "node":
      return undefined;
  }
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
