import { z } from "zod";
import type { IntegrationPart } from "../integrator/integrate.ts";
import { AppError } from "../lib/errors.ts";
import type { IntegrationReport } from "../model/integration-report.ts";
import type { ToolCall } from "./define-tool.ts";

/** The other way to name what is tested. */
export const pipelineField = {
  pipeline_id: z.string().optional().describe("Pipeline; deploy and test what it built, instead."),
};

/**
 * Deploy a pipeline's services, test them in the given ways and take them down. Errors: INVALID_INPUT when the caller
 * also named what to test another way; those of `testPipeline`.
 */
export async function testParts(
  id: string,
  parts: readonly IntegrationPart[],
  others: Record<string, unknown>,
  call: ToolCall,
): Promise<IntegrationReport> {
  const given = Object.keys(others).filter((name) => others[name] !== undefined);
  if (given.length > 0)
    throw new AppError("INVALID_INPUT", `Both pipeline_id and ${given.join(", ")} were given.`, {
      remedy: "Give pipeline_id alone: its contracts and services are tested.",
    });
  const { testPipeline } = await import("../pipeline/test-run.ts");
  return testPipeline(call.ctx, id, { parts, signal: call.signal, onProgress: call.progress });
}

/** A value that is needed when no pipeline is named. Errors: INVALID_INPUT. */
export function needed<Value>(value: Value | undefined, name: string): Value {
  if (value !== undefined) return value;
  throw new AppError("INVALID_INPUT", `${name} is missing.`, {
    remedy: `Give ${name}, or pipeline_id to test what a pipeline built.`,
  });
}
