import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Observation } from "../contracts/port.ts";
import type { Db } from "../lib/db.ts";
import type { Contract } from "../model/contract.ts";
import { findDocument } from "./documents.ts";
import { pipelineIds, pipelineOf } from "./store.ts";

/** Reads what the code in a folder offers. */
export type ReadCode = (folder: string, signal: AbortSignal) => Promise<NonNullable<Observation["code"]>>;

/**
 * What is known of a contract's service without asking anybody: its code, in the pipeline's output folder or in the folder
 * of that name in the project, and the contract checks that the last integration passed.
 */
export function observeServices(
  db: Db,
  workspace: string,
  readCode: ReadCode,
): (contract: Pick<Contract, "service_name" | "build_cycle_id">, signal: AbortSignal) => Promise<Observation> {
  return async ({ service_name, build_cycle_id }, signal) => {
    const known = build_cycle_id !== null && pipelineIds(db).includes(build_cycle_id);
    const root = known ? pipelineOf(db, build_cycle_id).output_dir : workspace;
    // The name is whatever somebody registered: it must not lead out of the folder.
    const places = /^\w[\w.-]*$/.test(service_name)
      ? [join(root, service_name), join(root, "services", service_name)]
      : [];
    const folder = places.find((path) => existsSync(path));
    const code = folder === undefined ? null : await readCode(folder, signal);
    const report = known ? findDocument(db, build_cycle_id, "integration_report") : undefined;
    const passed = report?.operations.filter((one) => one.service === service_name && one.verdict === "passed");
    return {
      code: code === null || code.files === 0 ? null : code,
      answered: passed?.map(({ method, path }) => `${method} ${path}`) ?? null,
    };
  };
}
