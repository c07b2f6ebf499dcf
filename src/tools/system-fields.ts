import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import type { TestSystem } from "../integrator/open-system.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import { listFiles } from "../lib/fs.ts";
import { type Contract, unregistered } from "../model/contract.ts";
import { ServiceMap } from "../model/service-map.ts";
import type { ToolCall } from "./define-tool.ts";
import { needed, pipelineField } from "./pipeline-test.ts";
import { versionIn } from "./register-contract.ts";

/** What names a running system, whoever asks about it. */
export const systemFields = {
  service_map: z.string().optional().describe("service-map.json; as `plan --output` writes it."),
  contracts: z
    .string()
    .optional()
    .describe(
      "Folder; contracts as `<service>.openapi.json` and the like, `contracts` beside the service map when left out.",
    ),
  url: z.string().optional().describe("Gateway; each service is at /api/<service> below it."),
  ...pipelineField,
  jwt_secret: z
    .string()
    .optional()
    .describe("JWT secret; JWT_SECRET of the services, for tokens where the contracts offer no login."),
  event_secret: z
    .string()
    .optional()
    .describe(
      "Event secret; EVENT_SECRET of the services: events can then be delivered by hand, which tells whose fault a lost one is.",
    ),
  event_timeout: z.number().positive().max(120).default(10).describe("Seconds that the effect of an event may take."),
};

interface SystemInput {
  service_map?: string | undefined;
  contracts?: string | undefined;
  url?: string | undefined;
  jwt_secret?: string | undefined;
  event_timeout: number;
}

/** Contracts and service map of a running system, and the way to it. Errors: NOT_FOUND, INVALID_INPUT, REMOTE_UNAVAILABLE. */
export async function systemFor(
  input: SystemInput,
  { ctx, signal }: ToolCall,
): Promise<{ system: TestSystem; service_map: ServiceMap }> {
  const { openSystem } = await import("../integrator/open-system.ts");
  const named = needed(input.service_map, "service_map");
  const gateway_url = needed(input.url, "url");
  const file = resolve(ctx.workspace, named);
  const service_map = readMap(file, named);
  const folder =
    input.contracts === undefined ? join(dirname(file), "contracts") : resolve(ctx.workspace, input.contracts);
  const contracts = await readContracts(folder, service_map);
  const system = await openSystem({
    service_map,
    contracts,
    gateway_url,
    jwt_secret: input.jwt_secret ?? null,
    event_timeout_ms: input.event_timeout * 1000,
    signal,
  });
  return { system, service_map };
}

function readMap(file: string, given: string): ServiceMap {
  if (!existsSync(file))
    throw new AppError("NOT_FOUND", `There is no service map ${given}.`, {
      remedy: "Write one with `super-orchestrator plan PRD --output FOLDER`.",
    });
  try {
    return ServiceMap.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `${given} is no service map: ${messageOf(cause).split("\n")[0]}`, {
      remedy: "Give service-map.json as `plan --output` writes it.",
      cause,
    });
  }
}

/** The contracts of a folder: which service one is of, its file's or folder's name says. */
async function readContracts(folder: string, { services }: ServiceMap): Promise<Contract[]> {
  const { kindOf, readContractFile } = await import("../contracts/breaking/breaking.ts");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new AppError("NOT_FOUND", `There is no folder of contracts ${folder}.`, {
      remedy: "Give the folder with contracts, or `plan PRD --output FOLDER` to have it written.",
    });
  const names = services.map(({ name }) => name).sort((a, b) => b.length - a.length);
  const found: Contract[] = [];
  for (const path of listFiles(folder).filter((name) => /\.(json|ya?ml)$/i.test(name))) {
    const place = relative(folder, join(folder, path));
    const service =
      names.find((name) => basename(place).startsWith(name)) ?? names.find((name) => place.split("/").includes(name));
    if (service === undefined) continue;
    const { document } = readContractFile(join(folder, path));
    const type = kindOf(document);
    if (type !== "openapi" && type !== "asyncapi") continue;
    if (found.some((one) => one.service_name === service && one.type === type)) continue;
    found.push(unregistered(path, { service_name: service, type, spec: document, version: versionIn(document) }));
  }
  if (found.length === 0)
    throw new AppError("INVALID_INPUT", `${folder} has no contract of ${names.join(", ")}.`, {
      remedy: "Name the files after the services: `<service>.openapi.json`, `<service>.asyncapi.json`.",
    });
  return found;
}

/** What cannot be given together with a pipeline. */
export function namedSystem({
  service_map,
  contracts,
  url,
  jwt_secret,
  event_secret,
}: Partial<Record<string, unknown>>) {
  return { service_map, contracts, url, jwt_secret, event_secret };
}
