import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config.ts";
import type { SystemRequest } from "../integrator/deployment.ts";
import { AppError } from "../lib/errors.ts";
import type { Contract } from "../model/contract.ts";
import type { Control } from "./control.ts";
import { documentOf } from "./documents.ts";
import { pipelinePaths } from "./paths.ts";
import { serviceDirectory } from "./phases/build-job.ts";
import { deployableResults } from "./phases/results.ts";
import { pipelineOf, setConfig } from "./store.ts";

/** Of a context what finding a pipeline's contracts needs. */
interface Contracts {
  contractsFor(config: Config): Promise<{ list(filter: { build_cycle_id: string }): Promise<Contract[]> }>;
}

/** Name of the Compose project under which a pipeline's system is deployed: its id. */
export function projectOf(id: string): string {
  return id.toLowerCase();
}

/** Where a pipeline's system is deployed from, and by what name. */
export function deploymentOf({ db, workspace }: Control, id: string) {
  const pipeline = pipelineOf(db, id);
  return {
    project: projectOf(id),
    root: pipeline.output_dir,
    log_dir: join(pipelinePaths(workspace, id).logs, "deploy"),
    health_timeout_ms: pipeline.config.integration.health_timeout * 1000,
  };
}

/**
 * What a pipeline built, as a system to be deployed; services whose build failed are named in `excluded`. With `planned`
 * those that are not built yet belong to it too. Errors: NOT_FOUND; WRONG_STATE before anything is built.
 */
export async function systemToDeploy(
  control: Control & Contracts,
  id: string,
  options: { planned?: boolean; replicas?: number | undefined } = {},
): Promise<SystemRequest & { excluded: string[] }> {
  const { db, workspace } = control;
  const pipeline = pipelineOf(db, id);
  const service_map = documentOf(db, id, "service_map");
  const deployable = deployableResults({ db, pipeline });
  const known = service_map.services.map((service) => ({
    service,
    directory: serviceDirectory({ pipeline }, service.name),
  }));
  const services = known.filter(({ service, directory }) =>
    options.planned ? existsSync(directory) : deployable.has(service.name),
  );
  if (services.length === 0)
    throw new AppError("WRONG_STATE", `Nothing of pipeline ${id} is built yet.`, {
      remedy: "Wait for its builders; get_pipeline_status shows them.",
    });
  const { gateway, traefik_image, compose_file, test_compose_file } = pipeline.config.integration;
  const contracts = await control.contractsFor(pipeline.config);
  const built = new Set(services.map(({ service }) => service.name));
  return {
    service_map,
    contracts: await contracts.list({ build_cycle_id: id }),
    services,
    root: pipeline.output_dir,
    project: projectOf(id),
    settings: {
      gateway,
      traefik_image,
      compose_file: resolve(workspace, compose_file),
      test_compose_file: resolve(workspace, test_compose_file),
    },
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    excluded: known.filter(({ service }) => !built.has(service.name)).map(({ service }) => service.name),
  };
}

/** A service of a pipeline by its name. Errors: NOT_FOUND with the names there are. */
export function serviceOf({ db }: Control, id: string, name: string) {
  const { services } = documentOf(db, id, "service_map");
  const found = services.find((service) => service.name === name);
  if (found) return found;
  throw new AppError("NOT_FOUND", `${name} is no service of ${id}.`, {
    remedy: `Its services are: ${services.map((service) => service.name).join(", ")}.`,
  });
}

/**
 * Have a pipeline's services run on Docker by a Compose file of the user's own, relative to the project folder. Errors:
 * NOT_FOUND; INVALID_INPUT where the configuration says that services run as processes.
 */
export function useComposeFile({ db, workspace }: Control, id: string, file: string): void {
  const path = resolve(workspace, file);
  if (!existsSync(path))
    throw new AppError("NOT_FOUND", `The Compose file ${path} does not exist.`, {
      remedy: "Give its path relative to the project folder, or leave it out to have one generated.",
    });
  const { config } = pipelineOf(db, id);
  if (config.integration.runtime === "process")
    throw new AppError("INVALID_INPUT", "Services run as local processes here; they have no Compose file.", {
      remedy: "Set integration.runtime to docker, or leave the Compose file out.",
    });
  setConfig(db, id, { ...config, integration: { ...config.integration, runtime: "docker", compose_file: path } });
}
