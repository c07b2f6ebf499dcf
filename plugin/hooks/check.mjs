// What Claude Code runs after an edit (`scan`) and before it ends its turn (`gate`). It answers with "block" and the
// findings, or says nothing: where the project is not one of super-orchestrator's, where the program is not installed,
// and where it cannot judge. A hook that fails must never hold anybody up.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { installed } from "../scripts/program.mjs";

const MAX_FINDINGS = 5;
const LIMIT_MS = 110_000;

const event = JSON.parse(readFileSync(0, "utf8") || "{}");
const project = process.env.CLAUDE_PROJECT_DIR || event.cwd || process.cwd();
const program = installed();
if (program && existsSync(resolve(project, ".super-orchestrator"))) {
  const reason = process.argv[2] === "gate" ? gate() : scan();
  if (reason) process.stdout.write(JSON.stringify({ decision: "block", reason }));
}

/** What the rules find at severity error and above in the file that was edited. */
function scan() {
  const path = event.tool_input?.file_path;
  if (typeof path !== "string" || !existsSync(path)) return "";
  const file = realpathSync(path);
  const root = realpathSync(project);
  if (!file.startsWith(root + sep)) return "";
  const folder = dirname(file);
  const report = run(["scan", folder, "--format", "json", "--min-severity", "error"]);
  const found = (report?.violations ?? []).filter((one) => resolve(folder, one.file_path) === file);
  return listed(
    found.map((one) => `${relative(root, file)}:${one.line} ${one.severity} ${one.code} ${one.message} ${one.fix}`),
    "super-orchestrator found in the file you just edited:",
  );
}

/** What blocks in the files that differ from the last commit; once, so that Claude can also end with them. */
function gate() {
  if (event.stop_hook_active) return "";
  const report = run(["gate", project, "--changed-only", "--json", "--limit", "20"]);
  if (!(report?.blocking > 0)) return "";
  const found = report.findings.slice(0, report.blocking);
  return listed(
    found.map((one) => `${one.where} ${one.severity} ${one.code} ${one.message} ${one.fix}`),
    `The quality gate: ${report.blocking} findings block what you changed. Fix them, or say why they stay:`,
    report.blocking,
  );
}

function listed(lines, head, total = lines.length) {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, MAX_FINDINGS);
  return [head, ...shown, ...(total > shown.length ? [`… and ${total - shown.length} more`] : [])].join("\n");
}

function run(args) {
  const [command, ...before] = program;
  const { stdout } = spawnSync(command, [...before, ...args, "--workspace", project], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}
