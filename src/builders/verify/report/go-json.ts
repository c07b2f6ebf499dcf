import { reportOf, type TestCase, type TestReport } from "./roster.ts";

/**
 * The JSON lines of `go test -json`: tests and subtests that ended. A package that failed without a failing test of its
 * own did not compile, or its process died. undefined when no line is such a record.
 */
export function readGoJson(output: string): TestReport | undefined {
  const cases: TestCase[] = [];
  const failing = new Set<string>();
  const failedPackages: string[] = [];
  const said = new Map<string, string>();
  let read = false;
  for (const line of output.split("\n")) {
    const { Action: action, Test: test, Package: pack = "", Output: text } = parseLine(line);
    if (typeof action !== "string" || typeof pack !== "string") continue;
    read = true;
    if (typeof test !== "string") {
      if (action === "fail") failedPackages.push(pack);
      continue;
    }
    const name = [pack, test].filter(Boolean).join(" > ");
    if (action === "output" && typeof text === "string" && !/^\s*(?:===|---) /.test(text))
      said.set(name, `${said.get(name) ?? ""}${text}`.slice(0, 1000));
    if (action !== "pass" && action !== "fail" && action !== "skip") continue;
    if (action === "fail") failing.add(pack);
    const outcome = action === "pass" ? "passed" : action === "fail" ? "failed" : "skipped";
    cases.push({ name, outcome, message: said.get(name) ?? "" });
  }
  if (!read) return undefined;
  const unloaded = failedPackages
    .filter((pack) => !failing.has(pack))
    .map((pack): TestCase => ({ name: pack, outcome: "failed", message: "It did not compile.", unloaded: true }));
  return reportOf("go-json", [...cases, ...unloaded]);
}

function parseLine(line: string): Record<string, unknown> {
  if (!line.startsWith("{")) return {};
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === "object" ? { ...value } : {};
  } catch {
    return {};
  }
}
