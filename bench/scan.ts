// The scan of 10,000 files beside grep, which looks for the twelve kinds of secrets only and knows nothing between runs.
//   npx tsx bench/scan.ts [files] [cli]     (cli: the built command line, default dist/cli.js)
// Ratios are of processor time where /usr/bin/time is there; with 50000 files the full scan's peak is the figure to see.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { serviceTree } from "./service-tree.ts";

const count = Number(process.argv[2] ?? 10_000);
const cli = resolve(process.argv[3] ?? "dist/cli.js");

/** Forms of the twelve kinds of secrets, as grep understands them. */
const SECRETS = [
  "AKIA[0-9A-Z]{16}",
  "-----BEGIN [A-Z ]*PRIVATE KEY-----",
  "gh[pousr]_[A-Za-z0-9]{36}",
  "xox[baprs]-[A-Za-z0-9-]{10,}",
  "(postgres|mysql|mongodb|redis|amqp)(\\+[a-z]+)?://[^:/ ]+:[^@/ ]+@",
  "AIza[0-9A-Za-z_-]{35}",
  "(password|passwd|pwd)[\"']?[[:space:]]*[:=][[:space:]]*[\"'][^\"']{6,}[\"']",
  "sk_live_[0-9a-zA-Z]{24,}",
  "eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.",
  "(api|secret)[_-]?key[\"']?[[:space:]]*[:=][[:space:]]*[\"'][A-Za-z0-9_-]{16,}[\"']",
  "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
  "AccountKey=[A-Za-z0-9+/=]{40,}",
];

/** Edits of every kind of file: what, which file, and its text after the nth edit. */
const EDITS: readonly (readonly [string, RegExp, (text: string, nth: number) => string])[] = [
  ["nothing that rules keep", /client\d+\.js$/, (text, nth) => `${text}// ${nth}\n`],
  ["an import", /client\d+\.js$/, (text, nth) => `import "./x${nth}.js";\n${text}`],
  ["a route, Python", /routes_\d+\.py$/, (text, nth) => text.replace(/orders_\w+_1"/, `orders_x${nth}_1"`)],
  ["a route, Java", /Controller\.java$/, (text, nth) => text.replace(/part_1\w*"/, `part_1x${nth}"`)],
  ["a handler, Go", /handler_\d+\.go$/, (text, nth) => text.replace("package orders", `package orders\n// ${nth}`)],
  ["a model", /model\d+\.ts$/, (text, nth) => `${text}export const X${nth} = z.object({ x${nth}: z.string() });\n`],
  ["settings", /settings_\d+\.yaml$/, (text, nth) => `${text}more_${nth}: 1\n`],
  ["a Dockerfile", /Dockerfile$/, (text, nth) => text.replace(/WORKDIR.*/, `WORKDIR /app${nth}`)],
  ["a contract", /openapi\.json$/, (text, nth) => text.replace(/"\/orders_\w+_0"/, `"/orders_x${nth}_0"`)],
  ["a Compose file", /docker-compose\.yml$/, (text, nth) => `${text}  extra${nth}:\n    image: redis:7\n`],
];

const { root, bytes } = serviceTree(count);
// Stamps younger than two seconds are not trusted.
await new Promise((ready) => setTimeout(ready, 2500));

interface Timed {
  ms: number;
  /** Processor time of the process and its threads: it says the same on a busy machine. */
  cpu_ms: number | null;
  peak_mib: number | null;
}

const usage = spawnSync("/usr/bin/time", ["-f", "%M %U %S", "true"]).status === 0;

function timed(command: string, args: string[]): Timed {
  const begun = performance.now();
  const run = usage
    ? spawnSync("/usr/bin/time", ["-f", "%M %U %S", command, ...args], { encoding: "utf8", maxBuffer: 1 << 28 })
    : spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  const ms = performance.now() - begun;
  if (run.status !== 0 && run.status !== 1) throw new Error(`${command} ended with ${run.status}: ${run.stderr}`);
  if (!usage) return { ms, cpu_ms: null, peak_mib: null };
  const [kib = 0, user = 0, system = 0] = (run.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { ms, cpu_ms: Math.round((user + system) * 1000), peak_mib: Math.round(kib / 1024) };
}

const scan = (...more: string[]) => timed(process.execPath, [cli, "-w", root, "scan", ".", "--json", ...more]);
/** What a busy machine added is not the program's. */
const least = (values: Timed[]) => [...values].sort((a, b) => (a.cpu_ms ?? a.ms) - (b.cpu_ms ?? b.ms))[0] as Timed;
const three = (run: () => Timed) => least([run(), run(), run()]);

try {
  const start = three(() => timed(process.execPath, [cli, "--version"]));
  const first = scan();
  const again = three(() => scan());
  let edits = 0;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const kinds = EDITS.map(([what, file, change]) => {
    const path = join(root, files.find((one) => file.test(one)) ?? "");
    return [
      what,
      three(() => {
        writeFileSync(path, change(readFileSync(path, "utf8"), ++edits));
        return scan();
      }),
    ] as const;
  });
  const secrets = (() => {
    rmSync(join(root, ".super-orchestrator", "scan-cache.db"), { force: true });
    return scan("--categories", "secrets");
  })();
  const rg = spawnSync("rg", ["--version"]).status === 0;
  const patterns = SECRETS.flatMap((pattern) => ["-e", pattern]);
  const peer = rg
    ? three(() => timed("rg", ["-i", "-n", ...patterns, root]))
    : three(() => timed("grep", ["-rniE", ...patterns, root]));
  const name = rg ? "ripgrep" : "grep -E";
  const line = (what: string, { ms, cpu_ms, peak_mib }: Timed) =>
    console.log(
      [
        what.padEnd(48),
        `${Math.round(ms).toString().padStart(7)} ms`,
        ...(cpu_ms === null ? [] : [`${cpu_ms.toString().padStart(7)} ms processor`, `${peak_mib} MiB`]),
        `${cpu_ms !== null && peer.cpu_ms ? (cpu_ms / peer.cpu_ms).toFixed(1) : (ms / peer.ms).toFixed(1)} x ${name}`,
      ].join("  "),
    );
  console.log(
    `${count} files, ${(bytes / 1e6).toFixed(1)} MB, ${execFileSync("nproc", { encoding: "utf8" }).trim()} cores`,
  );
  line(`${name}, twelve patterns`, peer);
  line("start of the program alone", start);
  line("full scan, all rules", first);
  line("full scan, secrets only", secrets);
  line("scan again, nothing changed", again);
  for (const [what, edited] of kinds) line(`scan again after an edit: ${what}`, edited);
  console.log(`full scan: ${Math.round((count / first.ms) * 60_000)} files a minute`);
  const beyond = ({ cpu_ms }: Timed) => `${(cpu_ms ?? 0) - (start.cpu_ms ?? 0)} ms`;
  console.log(`processor time beyond the start: nothing changed ${beyond(again)}`);
  for (const [what, edited] of kinds) console.log(`  ${what}: ${beyond(edited)}`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
