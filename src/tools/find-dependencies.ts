import { z } from "zod";
import { Dependencies } from "../model/codebase.ts";
import { codebaseOf, folder } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";
import { limitField, listCutter } from "./short.ts";

export const findDependencies = defineTool({
  name: "find_dependencies",
  title: "Find dependencies",
  toolset: "codebase",
  description: "What a file imports and what imports it, cycles, packages, and services it reaches.",
  input: z.object({
    file_path: z.string().min(1).describe("File path; from the folder."),
    depth: z.number().int().min(1).max(50).default(1).describe("Depth; steps of transitive_deps."),
    direction: z.enum(["imports", "imported_by", "both"]).default("both").describe("Direction; which way."),
    path: folder,
    limit: limitField("Limit; length of each list", 500),
  }),
  output: Dependencies.extend({
    more: z.record(z.string(), z.number().int()).describe("Entries left out, by list."),
    next_step: z.string(),
  }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["limit"],
  cli: { command: "find-dependencies", arguments: ["file_path"] },
  run: async ({ file_path, depth, direction, path, limit }, call) => {
    const codebase = await codebaseOf(call, path);
    const found = await codebase.findDependencies({ file_path, depth, direction, signal: call.signal });
    const { cut, more } = listCutter(limit, 6);
    return {
      file_path: found.file_path,
      imports: cut("imports", found.imports),
      imported_by: cut("imported_by", found.imported_by),
      transitive_deps: cut("transitive_deps", found.transitive_deps),
      circular_deps: cut("circular_deps", found.circular_deps),
      packages: cut("packages", found.packages),
      service_dependencies: cut("service_dependencies", found.service_dependencies),
      more,
      next_step:
        found.circular_deps.length > 0
          ? `Break the cycle ${found.circular_deps[0]?.join(" -> ")}.`
          : found.imported_by.length > 0
            ? `A change here may break ${found.imported_by.length} files.`
            : "No file imports it.",
    };
  },
  text: (answer) =>
    [
      `${answer.file_path}`,
      `imports: ${answer.imports.join(", ") || "none"}`,
      `imported by: ${answer.imported_by.join(", ") || "none"}`,
      ...(answer.transitive_deps.length > 0 ? [`further: ${answer.transitive_deps.join(", ")}`] : []),
      ...(answer.packages.length > 0 ? [`packages: ${answer.packages.join(", ")}`] : []),
      ...answer.circular_deps.map((cycle) => `cycle: ${cycle.join(" -> ")}`),
      ...answer.service_dependencies.map(
        (one) => `${one.from_service} -> ${one.to_service} by ${one.via}: ${one.detail} (${one.file_path}:${one.line})`,
      ),
      ...Object.entries(answer.more).map(([list, count]) => `${count} more in ${list}`),
    ].join("\n"),
});
