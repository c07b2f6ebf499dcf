import { z } from "zod";
import { BoundaryCheck } from "./boundary.ts";
import { ContractViolation } from "./finding.ts";
import { PactOutcome } from "./pact-report.ts";
import { TraceReport } from "./trace-report.ts";

/** One check of one contract operation against the running service. */
export const OperationCheck = z.object({
  service: z.string(),
  operation_id: z.string(),
  method: z.string(),
  path: z.string(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  /** Status that came back; null when no answer came. */
  status: z.number().int().nullable(),
  /** Why it was skipped or what failed; when it passed, what its result rests on besides the contract, or "". */
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
  /** Id of the step in its flow. */
  step: z.string().optional(),
  /** Of a failed step: a shell line that sends it again, what came back, and what should have. */
  request: z.string().optional(),
  response: z.string().optional(),
  expected: z.string().optional(),
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

/** How one service was fuzzed; what was found is among the report's violations. */
export const ServiceFuzz = z.object({
  service: z.string(),
  backend: z.enum(["builtin", "schemathesis"]),
  /** The same seed makes the same requests. */
  seed: z.number().int(),
  requests: z.number().int(),
  duration_ms: z.number(),
  /** Operations that were tested with valid data, and those of them without any violation. */
  tested: z.number().int(),
  passed: z.number().int(),
  violations: z.number().int(),
  /** Operations that were not, each with the reason. */
  untested: z.array(z.string()),
  notes: z.array(z.string()),
});
export type ServiceFuzz = z.infer<typeof ServiceFuzz>;

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
  /** What became of each flow's trace and data; empty when none ran, also in reports of earlier versions. */
  traces: z.array(TraceReport).default([]),
  /** Empty when none was looked at, also in reports of earlier versions. */
  boundaries: z.array(BoundaryCheck).default([]),
  /** Empty when none was verified, also in reports of earlier versions. */
  pacts: z.array(PactOutcome).default([]),
  /** Empty when nothing was fuzzed, also in reports of earlier versions. */
  fuzz: z.array(ServiceFuzz).default([]),
  violations: z.array(ContractViolation),
  /** Tests that could not run, each with the reason. */
  skipped: z.array(z.string()),
  /** Digest of the code and contracts it was made on; absent in reports of earlier versions. */
  basis: z.string().optional(),
  overall_health: z.enum(["passed", "partial", "failed", "unknown"]),
});
export type IntegrationReport = z.infer<typeof IntegrationReport>;
