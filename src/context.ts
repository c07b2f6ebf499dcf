import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Architect } from "./architect/port.ts";
import type { CodebaseIntelligence } from "./codebase/port.ts";
import type { Config } from "./config.ts";
import {
  type Parts,
  pickArchitect,
  pickCodebase,
  pickContractChanges,
  pickContracts,
  pickPorts,
} from "./context-backends.ts";
import type { Remotes } from "./context-remote.ts";
import type { ContractChanges, ContractEngine } from "./contracts/port.ts";
import { REMOTE_CONTRACT_TABLES } from "./contracts/remote/tables.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "./contracts/tables.ts";
import type { Db } from "./lib/db.ts";
import type { Log } from "./lib/log.ts";
import { BUILD_TASK_TABLES } from "./pipeline/build-queue/tables.ts";
import type { Control } from "./pipeline/control.ts";
import { databasePath, makeStateDir } from "./pipeline/paths.ts";
import type { PipelinePorts } from "./pipeline/ports.ts";
import { PIPELINE_TABLES } from "./pipeline/schema.ts";
import { openStore } from "./pipeline/store.ts";

/** Everything an operation may use; built once per process by the entry points. */
export interface Context extends Control {
  /** Absolute path of the project folder; state lives in its `.super-orchestrator/`. */
  workspace: string;
  /** The state database, opened when it is first used. Errors: DATABASE_NEWER, DATABASE_CORRUPT. */
  readonly db: Db;
  log: Log;
  /** The backends that a pipeline's settings ask for, each with the reason it was picked. */
  portsFor(config: Config): Promise<PipelinePorts>;
  /** The contract engine alone, for the pipelines' contracts and those of the workspace. */
  contractsFor(config: Config): Promise<ContractEngine>;
  /** Change requests for frozen contracts. */
  contractChangesFor(config: Config): Promise<ContractChanges>;
  /**
   * The architect alone, which needs no state: planning leaves no trace in the project.
   * Errors: CONFIG_INVALID for a paid one without a budget.
   */
  architectFor(config: Config): Promise<Architect>;
  /** Who knows the code of a folder (default: the project folder). Errors: NOT_FOUND and INVALID_INPUT for the folder. */
  codebaseFor(config: Config, root?: string): Promise<CodebaseIntelligence>;
  /** Close the database at once; the promise is for the external servers that were started. */
  close(): void | Promise<void>;
}

/** The schema of the state database; one entry a release that changed it. */
const MIGRATIONS = [PIPELINE_TABLES + CONTRACT_TABLES, CONTRACT_VERSIONS + REMOTE_CONTRACT_TABLES, BUILD_TASK_TABLES];

/** Build a Context. `cliEntry` is the file that starts drivers: our own command line. */
export function createContext(options: { workspace: string; log: Log; cliEntry: string }): Context {
  const workspace = resolve(options.workspace);
  const path = databasePath(workspace);
  let db: Db | undefined;
  let nothing: Db | undefined;
  const codebases = new Map<string, Awaited<ReturnType<typeof pickCodebase>>>();
  const create = () => {
    if (db === undefined) makeStateDir(workspace);
    db ??= openStore(path, MIGRATIONS);
    return db;
  };
  // Looking at a project that has no state must not leave any: until there is some, an empty one is read.
  const open = () => {
    if (db === undefined && !existsSync(path)) {
      nothing ??= openStore(":memory:", MIGRATIONS);
      return nothing;
    }
    return create();
  };
  let remotes: Promise<Remotes> | undefined;
  const external = () => {
    remotes ??= import("./context-remote.ts").then(({ openRemotes }) => openRemotes({ workspace, log: options.log }));
    return remotes;
  };
  // What this process was started with (a TypeScript loader, say) its children need too.
  const own = { command: process.execPath, args: [...process.execArgv, options.cliEntry] };
  const parts: Parts = {
    workspace,
    external,
    own,
    get db() {
      return open();
    },
  };
  const codebaseFor = async (config: Config, root = workspace) => {
    const key = JSON.stringify([resolve(root), config.codebase]);
    const known = codebases.get(key) ?? (await pickCodebase(config, parts, resolve(root)));
    codebases.set(key, known);
    return known.backend;
  };
  return {
    workspace,
    log: options.log,
    get db() {
      return open();
    },
    driver: { command: own.command, args: [...own.args, "drive", "--workspace", workspace] },
    portsFor: async (config) => ({
      ...(await pickPorts(config, parts)),
      codebaseOf: (root) => codebaseFor(config, root),
    }),
    contractsFor: async (config) => (await pickContracts(config, parts)).backend,
    contractChangesFor: (config) => pickContractChanges(config, parts),
    architectFor: async (config) => (await pickArchitect(config, parts)).backend,
    codebaseFor,
    createStore: () => void create(),
    close: async () => {
      db?.close();
      nothing?.close();
      for (const { close } of codebases.values()) close();
      await (await remotes)?.close();
    },
  };
}
