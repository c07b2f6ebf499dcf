import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { BuilderClaim } from "../../model/builder.ts";
import type { Finding } from "../../model/finding.ts";
import type { Builder, BuildTask } from "../port.ts";
import { generateService } from "./generate.ts";
import { writeService } from "./write.ts";

/**
 * A builder that needs no model and costs nothing: it writes a service from its contracts that runs on Node alone. The
 * same task gives the same bytes. A fix run writes the service anew, which repairs what drifted from the contract and
 * nothing else; its claim says so.
 */
export function createScaffoldBuilder(): Builder {
  return { name: "scaffold", paid: false, build };
}

async function build(task: BuildTask): Promise<BuilderClaim> {
  task.signal.throwIfAborted();
  const { files, problems } = generateService(task);
  task.signal.throwIfAborted();
  const changed = writeService(resolve(task.output_dir), files);
  const left = task.findings.filter((finding) => !mayBeRepaired(finding, changed));
  const error = [...problems, ...(left.length > 0 ? [describeLeft(left, changed)] : [])].join(" ");
  note(task, [`${Object.keys(files).length} files, ${changed.length} written anew`, error]);
  return {
    success: error === "",
    cost: 0,
    error,
    test_passed: null,
    test_total: null,
    convergence_ratio: null,
  };
}

/** A finding in a file that was just brought back to the contract is gone; one seen at run time may be, when code changed. */
function mayBeRepaired({ where }: Finding, changed: string[]): boolean {
  const file = where.replace(/:\d+(:\d+)?$/, "");
  if (/^[A-Z]+ \//.test(where)) return changed.some((path) => path.startsWith("src/") || path.startsWith("contracts/"));
  return changed.some((path) => file === path || file.endsWith(`/${path}`));
}

function describeLeft(left: Finding[], changed: string[]): string {
  const first = left.slice(0, 5).map(({ code, where }) => `${code} at ${where}`);
  const more = left.length > first.length ? ` and ${left.length - first.length} more` : "";
  const done = changed.length === 0 ? "The service already is what its contract gives" : "The service was written anew";
  return `${done}; this builder cannot fix ${first.join(", ")}${more}. Change the contract, or have another builder fix it.`;
}

function note({ log_file, attempt, service }: BuildTask, lines: string[]): void {
  mkdirSync(dirname(log_file), { recursive: true });
  const text = lines.filter(Boolean).map((line) => `scaffold ${service.name} attempt ${attempt}: ${line}\n`);
  appendFileSync(log_file, text.join(""));
}
