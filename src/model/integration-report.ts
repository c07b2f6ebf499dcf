import { z } from "zod";
import { ContractViolation } from "./finding.ts";

/** One check of one contract operation against the running service. */
export const OperationCheck = z.object({
  service: z.string(),
  operation_id: z.string(),
  method: z.string(),
  path: z.string(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  /** Status that came back; null when no answer came. */
  status: z.number().int().nullable(),
  /** Why it was skipped or what failed; "" when it passed. */
  reason: z.string(),
  duration_ms: z.number(),
});
export type OperationCheck = z.infer<typeof OperationCheck>;

/** One step of a flow: a request through the gateway, or waiting for an event's effect. */
export const FlowStep = z.object({
  service: z.string(),
  description: z.string(),
  method: z.string().default(""),
  url: z.string().default(""),
  status: z.number().int().nullable(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  reason: z.string().default(""),
});
export type FlowStep = z.infer<typeof FlowStep>;

/** A flow across services under one trace id. */
export const FlowResult = z.object({
  name: z.string(),
  /** W3C trace id, 32 hexadecimal digits. */
  trace_id: z.string(),
  services: z.array(z.string()),
  steps: z.array(FlowStep),
  /** Services whose logs carry the trace id. */
  traced_services: z.array(z.string()),
  verdict: z.enum(["passed", "failed", "skipped"]),
  reason: z.string().default(""),
});
export type FlowResult = z.infer<typeof FlowResult>;

export const DeployedService = z.object({
  service: z.string(),
  healthy: z.boolean(),
  url: z.string(),
  log_file: z.string(),
  /** Why it is not healthy, with the last log lines; "" when it is. */
  error: z.string(),
});
export type DeployedService = z.infer<typeof DeployedService>;

/** What the integrator found (specification 3.1 IntegrationReport). A total of 0 means not run, never passed. */
export const IntegrationReport = z.object({
  pipeline_id: z.string(),
  attempt: z.number().int(),
  runtime: z.string(),
  generated_at: z.string(),
  services_deployed: z.number().int(),
  services_healthy: z.number().int(),
  contract_tests_total: z.number().int(),
  contract_tests_passed: z.number().int(),
  integration_tests_total: z.number().int(),
  integration_tests_passed: z.number().int(),
  data_flow_tests_total: z.number().int(),
  data_flow_tests_passed: z.number().int(),
  boundary_tests_total: z.number().int(),
  boundary_tests_passed: z.number().int(),
  services: z.array(DeployedService),
  operations: z.array(OperationCheck),
  flows: z.array(FlowResult),
  violations: z.array(ContractViolation),
  /** Tests that could not run, each with the reason. */
  skipped: z.array(z.string()),
  overall_health: z.enum(["passed", "partial", "failed", "unknown"]),
});
export type IntegrationReport = z.infer<typeof IntegrationReport>;
