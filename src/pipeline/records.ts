import { z } from "zod";
import { Config } from "../config.ts";
import { BuilderClaim, BuilderResult } from "../model/builder.ts";
import { PipelineStateName } from "../model/pipeline.ts";
import type { MachineContext } from "./machine.ts";

/** JSON text in a column, parsed and checked by `schema` on its way out. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

/** What somebody asked a running driver to do. */
export const DriverRequest = z.object({ kind: z.enum(["interrupt", "cancel"]), reason: z.string() });
export type DriverRequest = z.infer<typeof DriverRequest>;

export const PipelineRecord = z.object({
  id: z.string(),
  project_name: z.string(),
  prd: z.string(),
  prd_path: z.string(),
  config_path: z.string(),
  config: json(Config),
  output_dir: z.string(),
  state: PipelineStateName,
  previous_state: z.string(),
  // Written by the machine only, in the transaction that moved it.
  context: json(z.custom<MachineContext>((value) => typeof value === "object" && value !== null)),
  pause_at: PipelineStateName.nullable(),
  only_services: json(z.array(z.string())).nullable(),
  request: json(DriverRequest).nullable(),
  interrupted: z.number().transform(Boolean),
  interrupt_reason: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type PipelineRecord = z.output<typeof PipelineRecord>;

export const EventRecord = z.object({
  seq: z.number(),
  at: z.string(),
  kind: z.string(),
  from_state: z.string(),
  to_state: z.string(),
  data: json(z.record(z.string(), z.unknown())),
});
export type EventRecord = z.output<typeof EventRecord>;

export const BuilderRun = z.object({
  service: z.string(),
  attempt: z.number(),
  phase: z.string(),
  round: z.number(),
  backend: z.string(),
  status: z.enum(["building", "verifying", "succeeded", "failed"]),
  claim: json(BuilderClaim).nullable(),
  result: json(BuilderResult).nullable(),
  starts: z.number(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
});
export type BuilderRun = z.output<typeof BuilderRun>;

export const CostRecord = z.object({ phase: z.string(), item: z.string(), attempt: z.number(), usd: z.number() });
export type CostRecord = z.output<typeof CostRecord>;

export const LeaseRecord = z.object({
  token: z.number(),
  owner: z.string().nullable(),
  host: z.string(),
  pid: z.number(),
  started: z.string(),
  heartbeat_at: z.number(),
});
export type LeaseRecord = z.output<typeof LeaseRecord>;

export const ProcessRecord = z.object({ pid: z.number(), started: z.string(), purpose: z.string() });
export type ProcessRecord = z.output<typeof ProcessRecord>;

export const DocumentRecord = z.object({ name: z.string(), phase: z.string(), content: z.string(), path: z.string() });
export type DocumentRecord = z.output<typeof DocumentRecord>;
