import { relative, resolve, sep } from "node:path";
import { z } from "zod";
import { loadConfig } from "../config.ts";
import { cacheFile } from "../lib/cache-file.ts";
import { ScanCategory } from "../model/finding.ts";
import type { ScanRequest } from "../quality-gate/port.ts";
import type { ToolCall } from "./define-tool.ts";

/** What narrows a scan or a gate, as inputs of a tool. */
export const narrowingFields = {
  services: z.array(z.string()).default([]).describe("Services; only these, all when left out."),
  changed_only: z
    .boolean()
    .default(false)
    .describe("Changed only; judge files that differ from the commit in `since`, untracked ones included."),
  since: z.string().optional().describe("Git commit; to compare with (default: HEAD), implies changed_only."),
  baseline: z
    .string()
    .optional()
    .describe("File of create_baseline; what it knows is counted, not judged. Relative to the project folder."),
};

export const selectionFields = {
  codes: z.array(z.string()).default([]).describe("E.g. SEC-001; run only these rules, see list_codes."),
  categories: z.array(ScanCategory).default([]).describe("Run only these categories of rules, beside `codes`."),
};

type NarrowingInput = z.output<z.ZodObject<typeof narrowingFields>>;

/** Words of a list whose items hold no commas: `--codes A,B` means both. */
export function words(list: readonly string[]): string[] {
  return list.flatMap((item) => item.split(",")).flatMap((item) => item.trim() || []);
}

/** Part of a scan request that the inputs and the project's configuration decide. Errors: those of config and baseline. */
export async function narrowingOf(
  { ctx }: ToolCall,
  root: string,
  { services, changed_only, since, baseline }: NarrowingInput,
): Promise<Partial<ScanRequest>> {
  const { readBaseline } = await import("../quality-gate/baseline.ts");
  const only_services = words(services);
  return {
    ...settingsOf(ctx.workspace, root),
    cache: cacheFile(ctx.workspace, "scan-cache.db"),
    ...(only_services.length > 0 && { only_services }),
    ...((changed_only || since !== undefined) && { changed_since: since ?? "HEAD" }),
    ...(baseline !== undefined && { baseline: readBaseline(resolve(ctx.workspace, baseline)) }),
  };
}

/** What the configuration leaves out and adds, for a folder in the project or elsewhere. */
function settingsOf(workspace: string, root: string): Pick<ScanRequest, "ignore" | "ignore_prefix" | "rule_files"> {
  const path = relative(workspace, root).split(sep).join("/");
  const inside = path !== ".." && !path.startsWith("../") && resolve(workspace, path) === root;
  const { ignore, rules } = loadConfig(workspace).quality_gate;
  const rule_files = rules.map((file) => resolve(workspace, file));
  return { ignore, ignore_prefix: inside ? path : "", rule_files };
}
