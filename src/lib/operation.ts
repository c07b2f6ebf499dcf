import type { z } from "zod";
import { parseArguments } from "./arguments.ts";
import { AppError } from "./errors.ts";

/** The part of an operation that decides what it takes and what it gives. */
export interface Operation<Call> {
  name: string;
  input: z.ZodObject;
  output: z.ZodObject;
  run(input: Record<string, unknown>, call: Call): Promise<Record<string, unknown>>;
}

/**
 * Run an operation on unchecked arguments, and check what it answers, for a surface. The call is made only once the
 * arguments are right. Errors: INVALID_INPUT, INTERNAL when the answer does not fit the output schema, and the
 * operation's own.
 */
export async function runOperation<Call>(
  operation: Operation<Call>,
  given: unknown,
  makeCall: () => Promise<Call>,
  spelling: { name?: string; field?: (field: string) => string } = {},
): Promise<Record<string, unknown>> {
  const input = parseArguments(operation.input, given, spelling.name ?? operation.name, spelling.field);
  const answer = operation.output.safeParse(await operation.run(input, await makeCall()));
  if (answer.success) return answer.data;
  throw new AppError("INTERNAL", `${operation.name} ran, but its answer does not fit its own schema.`, {
    remedy: "The work was done; look at its outcome before running it again, and report this with the log.",
    cause: answer.error,
  });
}

/** What a stopped operation is answered with. */
export function interrupted(name: string, cause: unknown): AppError {
  return new AppError("INTERRUPTED", `${name} was stopped before it finished.`, {
    remedy: "Start it again to go on.",
    cause,
  });
}
