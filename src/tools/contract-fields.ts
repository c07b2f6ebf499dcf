import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { loadConfig } from "../config.ts";
import type { Context } from "../context.ts";
import type { ContractChanges, ContractEngine } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import { Contract, type ContractType } from "../model/contract.ts";

/** A contract without its document: what lists and answers show. */
export const ContractEntry = Contract.pick({
  id: true,
  service_name: true,
  type: true,
  version: true,
  spec_hash: true,
  status: true,
  build_cycle_id: true,
  created_at: true,
  updated_at: true,
});
export type ContractEntry = z.infer<typeof ContractEntry>;

/** The service in the specification's word and in Build 1's. */
export const serviceFields = {
  service: z.string().optional().describe("Service."),
  service_name: z.string().optional().describe("The same."),
};
export const cycle = z.string().optional().describe("Build cycle id; a pipeline, all when left out.");
/** Documents come as objects; a text is taken too, because some models can only write one. */
export const documentField = z.union([z.record(z.string(), z.unknown()), z.string()]).optional();

type Service = { service?: string | undefined; service_name?: string | undefined };

/** The service that an input names in either word. Errors: INVALID_INPUT when the two differ. */
export function serviceIn({ service, service_name }: Service): string | undefined {
  if (service !== undefined && service_name !== undefined && service !== service_name)
    throw new AppError("INVALID_INPUT", `service is ${service} and service_name is ${service_name}.`, {
      remedy: "Give the service once.",
    });
  return service ?? service_name;
}

/** The same, when there has to be one. Errors: INVALID_INPUT. */
export function neededService(given: Service): string {
  const service = serviceIn(given)?.trim();
  if (service) return service;
  throw new AppError("INVALID_INPUT", "service is missing.", { remedy: "Pass the name of the service." });
}

export function engineOf(ctx: Context): Promise<ContractEngine> {
  return ctx.contractsFor(loadConfig(ctx.workspace));
}

export function changesOf(ctx: Context): Promise<ContractChanges> {
  return ctx.contractChangesFor(loadConfig(ctx.workspace));
}

/** A contract by id, or the newest of a service and type. Errors: INVALID_INPUT, NOT_FOUND. */
export async function contractIn(
  engine: ContractEngine,
  given: Service & { contract_id?: string | undefined; type?: ContractType | undefined },
): Promise<Contract> {
  if (given.contract_id !== undefined) return engine.get(given.contract_id);
  const service_name = serviceIn(given);
  if (service_name === undefined)
    throw new AppError("INVALID_INPUT", "No contract is named.", {
      remedy: "Pass contract_id (see list_contracts), or service.",
    });
  const own = await engine.list({ service_name });
  const wanted = own.filter(({ type }) => given.type === undefined || type === given.type);
  const newest = wanted.filter(({ type }) => type === "openapi").at(-1) ?? wanted.at(-1);
  if (newest) return newest;
  throw new AppError("NOT_FOUND", `${service_name} has no ${given.type ?? ""} contract.`.replace("  ", " "), {
    remedy: "See the contracts with list_contracts, or register one with register_contract.",
  });
}

/** A document from a file of the project, or given as it is. Errors: INVALID_INPUT, NOT_FOUND. */
export async function documentIn(
  { workspace }: Context,
  { file, spec }: { file?: string | undefined; spec?: Record<string, unknown> | string | undefined },
): Promise<{ document: Record<string, unknown>; unread: string[] }> {
  if ((file === undefined) === (spec === undefined))
    throw new AppError("INVALID_INPUT", "Give the document either as file or as spec.", {
      remedy: 'Pass file: "openapi.yaml", relative to the project folder.',
    });
  const { parseContract, readContractFile } = await import("../contracts/breaking/breaking.ts");
  if (file !== undefined) return readContractFile(fileAt(workspace, file));
  return { document: typeof spec === "string" ? parseContract(spec, "spec") : (spec ?? {}), unread: [] };
}

/** A file in the project folder, or else from where the command was called. */
export function fileAt(workspace: string, path: string): string {
  const inside = resolve(workspace, path);
  return !existsSync(inside) && existsSync(resolve(path)) ? resolve(path) : inside;
}

export function entryText({ service_name, type, version, id, build_cycle_id }: ContractEntry): string {
  return `${service_name} ${type} ${version}  ${id}${build_cycle_id === null ? "" : `  (${build_cycle_id})`}`;
}
