// The secret rules against ripgrep (or grep) searching the same files for the same twelve shapes. What is compared is
// what a person waits for: both as processes of their own, in turn, on one machine, with the files in the page cache.
//   npm run build && npx tsx bench/secrets.ts [folder]      (without a folder: the text files of node_modules)
// RG=/path/to/rg names a ripgrep that is not on the PATH.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const CLI = join(import.meta.dirname, "..", "dist", "cli.js");
const ROUNDS = 5;
const TEXT = /\.([cm]?[jt]sx?|json|md|ya?ml|py|go|java|sh|txt|html|css)$/;

/** The shapes as the specification's table has them (6.5), without the checks that keep false alarms away. */
const SHAPES = [
  "(AKIA|ASIA)[A-Z0-9]{16}",
  "(?i)aws_?secret.{0,30}[=:].{0,4}[A-Za-z0-9/+=]{40}",
  "-----BEGIN.{0,30}PRIVATE KEY",
  "(?i)(api_?key|secret_?key|access_?token|auth_?token|client_?secret).{0,5}[=:].{0,5}['\"][a-z0-9_-]{20,}",
  "(postgres(ql)?|mysql|mongodb(\\+srv)?|redis|amqp)://[^\\s:@/]{0,64}:[^\\s@/]{1,128}@",
  "(?i)bearer [a-z0-9._~+/-]{20,}",
  "(?i)(password|passwd|passphrase|pwd)['\"]?\\s{0,4}[:=]\\s{0,4}['\"][^'\"\\s]{4,}['\"]",
  "gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}",
  "[srp]k_live_[A-Za-z0-9]{16,}",
  "eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{16,}",
  "xox[baprs]-[A-Za-z0-9-]{10,}",
  "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
];

/** Copies what both programs read in full, so that neither is ahead by passing over something. */
function textTree(): string {
  const source = join(import.meta.dirname, "..", "node_modules");
  const tree = mkdtempSync(join(tmpdir(), "so-secrets-"));
  for (const path of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    const stats = statSync(join(source, path), { throwIfNoEntry: false });
    if (!stats?.isFile() || !TEXT.test(path) || /\.min\.|lock\.json$/.test(path) || stats.size > 1024 * 1024) continue;
    const target = join(tree, path.replaceAll("node_modules", "modules").replaceAll("dist", "lib_dist"));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(source, path), target);
  }
  return tree;
}

/** Processor time is what a busy machine does not change; null where /usr/bin/time is missing. */
interface Timed {
  ms: number;
  cpu_ms: number | null;
  output: string;
}

const hasTime = spawnSync("/usr/bin/time", ["-f", "%U %S", "true"]).status === 0;

function timed(command: string, args: string[]): Timed {
  const begun = performance.now();
  const [program, ...given] = hasTime ? ["/usr/bin/time", "-f", "%U %S", command, ...args] : [command, ...args];
  const { stdout, stderr, error } = spawnSync(program ?? command, given, {
    encoding: "utf8",
    maxBuffer: 1 << 29,
    env: { ...process.env, XDG_CACHE_HOME: kept },
  });
  if (error) throw error;
  const ms = performance.now() - begun;
  const [user = 0, system = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { ms, cpu_ms: hasTime ? Math.round((user + system) * 1000) : null, output: stdout };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The text files of a tree one after the other, over and over, as one file of 200 MB. */
function dumpOf(tree: string): string {
  const folder = mkdtempSync(join(tmpdir(), "so-secrets-dump-"));
  const handle = openSync(join(folder, "dump.txt"), "w");
  const files = readdirSync(tree, { recursive: true, encoding: "utf8" }).filter((path) => TEXT.test(path));
  let size = 0;
  for (let next = 0; size < 200_000_000 && files.length > 0; next += 1) {
    const path = join(tree, files[next % files.length] ?? "");
    if (statSync(path).isFile()) size += writeSync(handle, readFileSync(path));
  }
  closeSync(handle);
  return folder;
}

const rg = process.env.RG ?? "rg";
const hasRipgrep = spawnSync(rg, ["--version"]).status === 0;
const peer = hasRipgrep
  ? { name: "ripgrep", command: rg, args: ["--no-ignore", "--hidden", "--no-messages", "-c"] }
  : { name: "grep -rE", command: "grep", args: ["-rEIc"] };
// POSIX expressions know no inline flag.
const shapes = hasRipgrep ? SHAPES : SHAPES.map((shape) => shape.replace("(?i)", ""));
const workspace = mkdtempSync(join(tmpdir(), "so-secrets-workspace-"));
// What is kept between scans would make every later one free.
const kept = join(workspace, "cache");

const least = (values: Timed[]) => Math.min(...values.map(({ cpu_ms }) => cpu_ms ?? Number.NaN));

function compare(name: string, folder: string): void {
  const own: Timed[] = [];
  const others: Timed[] = [];
  const starts: Timed[] = [];
  let found = "";
  for (let round = 0; round <= ROUNDS; round += 1) {
    const start = timed(process.execPath, [CLI, "--version"]);
    const mine = timed(process.execPath, [
      ...[CLI, "scan", folder, "--categories", "secrets", "--format", "json", "--workspace", workspace],
    ]);
    rmSync(kept, { recursive: true, force: true });
    const theirs = timed(peer.command, [...peer.args, ...shapes.flatMap((shape) => ["-e", shape]), folder]);
    const report: { files_scanned: number; violations: unknown[] } = JSON.parse(mine.output);
    found = `${report.files_scanned} files, ${report.violations.length} findings`;
    // The first round warms the page cache.
    if (round === 0) continue;
    starts.push(start);
    own.push(mine);
    others.push(theirs);
  }
  const [mine, theirs] = [median(own.map(({ ms }) => ms)), median(others.map(({ ms }) => ms))];
  const ratio = (mine / theirs).toFixed(2);
  console.log(`${name} (${found}): ${mine.toFixed(0)} ms, ${peer.name} ${theirs.toFixed(0)} ms, ratio ${ratio}`);
  if (!hasTime) return;
  const beyond = least(own) - least(starts);
  console.log(
    `  processor time, the least: ${least(own)} ms, of that ${beyond} beyond the start; ${peer.name} ${least(others)} ms, ratios ${(least(own) / least(others)).toFixed(2)} and ${(beyond / least(others)).toFixed(2)}`,
  );
}

const given = process.argv[2];
const folder = given ?? textTree();
const dump = dumpOf(folder);
try {
  compare("many files", folder);
  compare("one file of 200 MB", dump);
} finally {
  rmSync(workspace, { recursive: true, force: true });
  rmSync(dump, { recursive: true, force: true });
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
