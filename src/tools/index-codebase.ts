import { z } from "zod";
import { IndexReport } from "../model/codebase.ts";
import { codebaseOf, folder } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";

export const indexCodebase = defineTool({
  name: "index_codebase",
  title: "Index a codebase",
  toolset: "codebase",
  description: "Index a folder's code ahead of time, or see what is indexed. Questions index by themselves.",
  input: z.object({ path: folder }),
  output: IndexReport.extend({ next_step: z.string() }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "index", arguments: ["path"] },
  run: async ({ path }, call) => {
    const codebase = await codebaseOf(call, path);
    const report = await codebase.index({
      signal: call.signal,
      onProgress: (file, done, total) => call.progress(`Reading ${file}`, done, total),
    });
    return {
      ...report,
      next_step:
        report.files === 0
          ? "There is no code in the folder that is indexed: Python, TypeScript, JavaScript, Go, Java."
          : "Ask find_definition, find_callers, find_dependencies, search_semantic or check_dead_code.",
    };
  },
  text: (report) =>
    [
      `${report.files} files, ${report.lines} lines, ${report.symbols} symbols (${report.files_read} read, ${report.files_removed} removed, ${Math.round(report.duration_ms)} ms)`,
      ...Object.entries(report.skipped).map(([reason, count]) => `${count} passed over: ${reason}`),
      ...report.unparsed.map((file) => `syntax not understood to the end: ${file}`),
    ].join("\n"),
});
