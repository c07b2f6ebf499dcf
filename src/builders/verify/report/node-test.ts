import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { relativeTo } from "./jest-json.ts";
import { reportOf, type TestCase, type TestReport } from "./roster.ts";

const REPORTER = "node-test-reporter.mjs";
const RECORDS = /^node-test\.\d+\.jsonl$/;

/**
 * A reporter of node:test (nodejs.org/api/test.html#custom-reporters). Each process that runs tests writes a file of its
 * own: a script may run several, and a file that only one may write would keep the last.
 */
const SOURCE = `import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
const file = fileURLToPath(new URL(\`node-test.\${process.pid}.jsonl\`, import.meta.url));
export default async function* report(events) {
  appendFileSync(file, "");
  for await (const { type, data } of events) {
    if (type !== "test:start" && type !== "test:pass" && type !== "test:fail") continue;
    const { name, nesting, skip, todo, details, file: source } = data;
    const error = details?.error?.cause ?? details?.error;
    const message = String(error?.message ?? error ?? "").slice(0, 1000);
    const record = { type, name, nesting, skip: skip !== undefined && skip !== false, todo: todo !== undefined && todo !== false, suite: details?.type === "suite", message, file: source };
    appendFileSync(file, JSON.stringify(record) + "\\n");
  }
  yield "";
}
`;

const Event = z.object({
  type: z.string(),
  name: z.string().default(""),
  nesting: z.number().default(0),
  skip: z.boolean(),
  todo: z.boolean(),
  suite: z.boolean(),
  message: z.string(),
  file: z.string().optional(),
});

/** How many reporters a script names itself, and destinations for them. */
interface OwnReporters {
  reporters: number;
  destinations: number;
}

/**
 * Put the reporter into `folder` and give the NODE_OPTIONS that load it beside those of the script. undefined when the
 * script names several reporters without saying where each goes: Node refuses to guess, and so do we.
 */
export function nodeTestOptions(folder: string, own: OwnReporters): string | undefined {
  const rest = spareDestinations(own);
  if (rest === undefined) return undefined;
  const file = join(folder, REPORTER);
  writeFileSync(file, SOURCE);
  const ours = [`--test-reporter=${pathToFileURL(file).href}`, "--test-reporter-destination=stderr"];
  return [...ours, ...rest].join(" ");
}

function spareDestinations({ reporters, destinations }: OwnReporters): string[] | undefined {
  if (reporters === 0) return ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  if (reporters === destinations) return [];
  return reporters === 1 && destinations === 0 ? ["--test-reporter-destination=stdout"] : undefined;
}

/** What the reporter wrote; undefined when no process that runs tests was started. */
export function readNodeTest(folder: string, directory: string): TestReport | undefined {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => RECORDS.test(name)) : [];
  if (files.length === 0) return undefined;
  return reportOf(
    "node-test",
    files.flatMap((name) => casesIn(readFileSync(join(folder, name), "utf8"), directory)),
  );
}

function casesIn(text: string, directory: string): TestCase[] {
  const above: string[] = [];
  return text.split("\n").flatMap((line): TestCase[] => {
    const event = eventOf(line);
    if (event === undefined) return [];
    const { type, name, nesting, suite, file = "" } = event;
    if (type === "test:start") {
      above[nesting] = name;
      return [];
    }
    if (suite) return [];
    const path = relativeTo(directory, file);
    // A file is reported like a test. Without tests it passes, and nothing was tested; when it fails, it was not loaded.
    if (nesting === 0 && file !== "" && [file, path].includes(relativeTo(directory, name)))
      return type === "test:fail" ? [{ name: path, outcome: "failed", message: event.message, unloaded: true }] : [];
    const outcome = event.skip || event.todo ? "skipped" : type === "test:pass" ? "passed" : "failed";
    const full = [path, ...above.slice(0, nesting), name].filter(Boolean).join(" > ");
    return [{ name: full, outcome, message: event.message }];
  });
}

function eventOf(line: string): z.infer<typeof Event> | undefined {
  if (line === "") return undefined;
  try {
    return Event.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
