import { z } from "zod";
import { DomainModel } from "../../model/domain-model.ts";
import { listOf, withoutNulls } from "../../model/remote-answer.ts";
import { ServiceMap } from "../../model/service-map.ts";

// A field that the server leaves out or writes as null gets the vocabulary's default: empty, or not known.
const lenient = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(withoutNulls, schema);

/** A server's service map; some wrap it by its name. `prd_hash` and `generated_at` may be missing. */
export const RemoteServiceMap = z.preprocess(
  unwrapped("service_map"),
  lenient(ServiceMap.extend({ prd_hash: z.string().default(""), generated_at: z.string().default("") })),
);
export type RemoteServiceMap = z.infer<typeof RemoteServiceMap>;

/** A server's domain model. */
export const RemoteDomainModel = z.preprocess(
  unwrapped("domain_model"),
  lenient(DomainModel.extend({ generated_at: z.string().default("") })),
);

function unwrapped(name: string) {
  return (value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value) && name in value
      ? Reflect.get(value, name)
      : value;
}

const Words = listOf(z.union([z.string(), z.unknown().transform((value) => JSON.stringify(value) ?? "")])).catch([]);

/** What Build 1's `decompose` gives. */
export const Decomposition = z.looseObject({
  service_map: RemoteServiceMap,
  domain_model: RemoteDomainModel,
  contract_stubs: z.array(z.record(z.string(), z.unknown())).default([]),
  validation_issues: Words.default([]),
  interview_questions: Words.default([]),
});

/** A contract of `get_contracts_for_service`: whole (the specification), or a summary (Build 1). */
export const ServiceContract = z.looseObject({
  id: z.string().nullish(),
  type: z.string().nullish(),
  role: z.string().nullish(),
  service_name: z.string().nullish(),
  version: z.string().nullish(),
  spec: z.record(z.string(), z.unknown()).nullish(),
  summary: z.string().nullish(),
});
export type ServiceContract = z.infer<typeof ServiceContract>;
export const ServiceContracts = listOf(ServiceContract, "contracts");
