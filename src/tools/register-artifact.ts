import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { ArtifactReport } from "../model/codebase.ts";
import { codebaseOf, folder, serviceFields, serviceOf } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";

export const registerArtifact = defineTool({
  name: "register_artifact",
  title: "Register an artifact",
  toolset: "codebase",
  description: "Index one file now, also with content that is not on disk yet. Files on disk need no call.",
  input: z.object({
    file_path: z.string().min(1).describe("File path; from the folder."),
    ...serviceFields,
    service_name: z.string().optional().describe("Service name; by its folder otherwise."),
    source_base64: z.string().optional().describe("Source base64; content, until the file changes."),
    path: folder,
    project_root: z.string().optional().describe("As path."),
  }),
  output: ArtifactReport.extend({ next_step: z.string() }),
  paths: ["path", "project_root", "file_path"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service", "project_root"],
  cli: { command: "register-artifact", arguments: ["file_path"] },
  run: async ({ file_path, source_base64, path, project_root, ...given }, call) => {
    const codebase = await codebaseOf(call, project_root ?? path);
    const service_name = serviceOf(given);
    const report = await codebase.registerArtifact({
      file_path: resolve(call.ctx.workspace, project_root ?? path, file_path),
      signal: call.signal,
      ...(service_name !== undefined && { service_name }),
      ...(source_base64 !== undefined && { source: decoded(source_base64) }),
    });
    return {
      ...report,
      next_step: report.indexed
        ? "find_definition and the others know it now."
        : "Correct what errors says and register it again.",
    };
  },
  text: ({ indexed, symbols_found, dependencies_found, errors }) =>
    [indexed ? `Indexed: ${symbols_found} symbols, ${dependencies_found} dependencies` : "Not indexed", ...errors].join(
      "\n",
    ),
  exitCode: ({ indexed }) => (indexed ? 0 : 1),
});

/** Errors: INVALID_INPUT when it is no base64. */
function decoded(base64: string): string {
  const plain = base64.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(plain))
    throw new AppError("INVALID_INPUT", "source_base64 is not base64.", {
      remedy: "Encode the file's bytes as base64.",
    });
  return Buffer.from(plain, "base64").toString("utf8");
}
