import { z } from "zod";

/** What one service's health endpoint said. */
export const ServiceHealth = z.object({
  service: z.string(),
  url: z.string(),
  /** `degraded`: it serves, but says itself that something is wrong; `unreachable`: no answer came. */
  status: z.enum(["healthy", "degraded", "unhealthy", "unreachable"]),
  http_status: z.number().int().nullable(),
  latency_ms: z.number(),
  /** What it says it is; "" when it does not. */
  version: z.string(),
  /** What is wrong in one sentence, with the checks that it says fail; "" when nothing is. */
  problem: z.string(),
  /** What to do; "" when nothing is wrong. */
  remedy: z.string(),
});
export type ServiceHealth = z.infer<typeof ServiceHealth>;
