import { z } from "zod";

/**
 * One request of a trace. Texts may refer to what earlier ones answered: `${steps.ID.body.PATH}`, e.g.
 * `${steps.order.body.id}`; a text that is one reference and nothing else keeps the type of what it refers to.
 */
export const TraceStep = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z_][\w-]*$/, "letters, digits, _ and -")
    .optional(),
  /** Who answers it; the word after /api/ in its path when left out. */
  service: z.string().optional(),
  method: z.string().default("GET"),
  /** Below the given address. */
  path: z.string().regex(/^\//, "begins with /"),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
});
export type TraceStep = z.infer<typeof TraceStep>;

/** Requests that are sent one after another under one trace, as kept in a file. */
export const TraceRequests = z.strictObject({ steps: z.array(TraceStep).min(1).max(100) });
