import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { SaxesParser } from "saxes";
import { reportOf, type TestCase, type TestReport } from "./roster.ts";

const CHUNK_BYTES = 1 << 20;
/** Bytes of one file that are read: logs of tests may lie in it. */
const MAX_BYTES = 256 * CHUNK_BYTES;
const MAX_FILES = 5000;

/** The cases in JUnit XML files that were written since a moment (ms); undefined when none holds a suite. */
export function readJunitXml(files: readonly string[], since: number): TestReport | undefined {
  const reports = files.filter((file) => isFresh(file, since)).map(casesIn);
  const found = reports.filter((cases) => cases !== undefined);
  return found.length === 0 ? undefined : reportOf("junit-xml", found.flat());
}

/** Files of JUnit XML below a folder that were written since a moment; those of dependencies are not looked at. */
export function freshXmlFiles(root: string, since: number, isReport: (path: string) => boolean): string[] {
  const found: string[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    let entries: import("node:fs").Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      continue;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!/^(?:node_modules|\.git|\.venv|\.super-orchestrator|__pycache__)$/.test(entry.name)) pending.push(path);
      } else if (entry.isFile() && entry.name.endsWith(".xml") && isReport(path) && isFresh(path, since))
        found.push(path);
    }
    if (found.length > MAX_FILES) break;
  }
  return found.sort().slice(0, MAX_FILES);
}

/** The clocks of file systems are coarse: a second is allowed. */
function isFresh(file: string, since: number): boolean {
  try {
    return statSync(file).mtimeMs >= since - 1000;
  } catch {
    return false;
  }
}

/** undefined when the file has no `testsuite`. What is malformed ends it; what came before counts. */
function casesIn(file: string): TestCase[] | undefined {
  const cases: TestCase[] = [];
  let suites = 0;
  let open: TestCase | undefined;
  let inFailure = false;
  const parser = new SaxesParser();
  // Terminal escapes and other characters that XML forbids are common in the output that tests print.
  parser.on("error", () => {});
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "testsuite") suites += 1;
    if (name === "testcase") open = { name: nameOf(attributes), outcome: "passed" };
    if (open === undefined) return;
    if (name === "skipped") open.outcome = "skipped";
    if (name !== "failure" && name !== "error") return;
    inFailure = true;
    open.outcome = "failed";
    open.message = attributes.message ?? "";
    // pytest: a module that cannot be imported is an error "while collecting", of no test.
    if (name === "error" && /^collection failure$/.test(open.message)) open.unloaded = true;
  });
  const said = (text: string) => {
    if (inFailure && open && (open.message ?? "").length < 1000)
      open.message = `${open.message ?? ""} ${text.slice(0, 1000)}`.trim();
  };
  parser.on("text", said);
  parser.on("cdata", said);
  parser.on("closetag", ({ name }) => {
    if (name === "failure" || name === "error") inFailure = false;
    if (name !== "testcase" || open === undefined) return;
    cases.push(open);
    open = undefined;
  });
  readInChunks(file, (text) => parser.write(text));
  return suites > 0 ? cases : undefined;
}

function nameOf({ classname, file, name }: Record<string, string>): string {
  const place = classname || file || "";
  return [place, name ?? ""].filter(Boolean).join(" > ");
}

function readInChunks(file: string, take: (text: string) => void): void {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const handle = openSync(file, "r");
  try {
    for (let read = 0; read < MAX_BYTES; ) {
      const bytes = readSync(handle, buffer, 0, CHUNK_BYTES, read);
      if (bytes === 0) break;
      read += bytes;
      take(decoder.decode(buffer.subarray(0, bytes), { stream: true }));
    }
  } finally {
    closeSync(handle);
  }
}
