// Whether time and memory grow in proportion to the number of services: runs of different sizes, same machine, same minute.
//   npx tsx bench/many-services.ts 15 60
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prdOf } from "./prd.ts";

const CLI = join(import.meta.dirname, "..", "dist", "cli.js");

function measure(services: number) {
  const workspace = mkdtempSync(join(tmpdir(), "so-bench-"));
  writeFileSync(join(workspace, "PRD.md"), prdOf(services));
  writeFileSync(join(workspace, "bench.yaml"), "depth: exhaustive\narchitect:\n  auto_approve: true\n");
  const cli = (...args: string[]) =>
    JSON.parse(spawnSync(process.execPath, [CLI, ...args, "--json"], { cwd: workspace, encoding: "utf8" }).stdout);
  const begin = performance.now();
  const end = cli("run", "PRD.md", "--config", "bench.yaml");
  const seconds = (performance.now() - begin) / 1000;
  const logs = join(workspace, ".super-orchestrator", "pipelines", end.pipeline_id, "logs");
  const peak = /"peak_mib":(\d+)/.exec(readFileSync(join(logs, "driver.log"), "utf8"))?.[1];
  rmSync(workspace, { recursive: true, force: true });
  return { services, state: end.state as string, reason: end.reason as string, seconds, peakMib: Number(peak) };
}

const runs = process.argv.slice(2).map((count) => measure(Number(count)));
const first = runs[0];
for (const run of runs) {
  const perService = run.seconds / run.services;
  const against = first ? (perService / (first.seconds / first.services)).toFixed(2) : "";
  console.log(
    `${run.services} services: ${run.state} ${run.reason} in ${run.seconds.toFixed(1)} s, ${perService.toFixed(2)} s each (x${against}), driver peak ${run.peakMib} MiB`,
  );
}
