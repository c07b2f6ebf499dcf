import { REMOTE_CONTRACT_TABLES } from "../../src/contracts/remote/tables.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "../../src/contracts/tables.ts";
import { BUILD_TASK_TABLES } from "../../src/pipeline/build-queue/tables.ts";
import { PIPELINE_TABLES } from "../../src/pipeline/schema.ts";

/** The schema as the product opens it. */
export const MIGRATIONS = [
  PIPELINE_TABLES + CONTRACT_TABLES,
  CONTRACT_VERSIONS + REMOTE_CONTRACT_TABLES,
  BUILD_TASK_TABLES,
];
