import { join, resolve } from "node:path";
import type { Architect } from "./architect/port.ts";
import type { CodebaseIntelligence } from "./codebase/port.ts";
import { assertAffordable, type Config } from "./config.ts";
import type { Picked, Remotes } from "./context-remote.ts";
import type { ContractChanges, ContractEngine } from "./contracts/port.ts";
import type { Runtime } from "./integrator/port.ts";
import { cacheFile } from "./lib/cache-file.ts";
import type { Db } from "./lib/db.ts";
import { sha256 } from "./lib/ids.ts";
import type { BackendChoice } from "./model/status.ts";
import type { PipelinePorts } from "./pipeline/ports.ts";

/** What backends are made of. */
export interface Parts {
  workspace: string;
  db: Db;
  /** The external servers; nothing is loaded for them before it is called. */
  external: () => Promise<Remotes>;
  /** How our own command line is started. */
  own: { command: string; args: string[] };
}

// Backends are loaded when a pipeline needs them: most calls only look, and should start at once.
/** Errors: CONFIG_INVALID for a paid architect without a budget. */
export async function pickArchitect(config: Config, parts: Parts): Promise<Picked<Architect>> {
  assertAffordable(config);
  const [{ validateContract: validate }, { chooseArchitect }] = await Promise.all([
    import("./contracts/validate.ts"),
    import("./architect/choose.ts"),
  ]);
  const { backend, model, max_cost } = config.architect;
  const settings = { validate, model, max_cost, budget_limit: config.budget_limit };
  if (backend !== "mcp") {
    const { architect, why } = await chooseArchitect(backend, settings);
    return { backend: architect, why };
  }
  const [{ pickRemote }, { createRemoteArchitect }] = await Promise.all([
    import("./context-remote.ts"),
    import("./architect/remote.ts"),
  ]);
  // A contract that it tells by its summary only is looked up where the contracts are, when that is a server too.
  const contracts = config.contracts.backend === "mcp" ? (await pickContracts(config, parts)).backend : undefined;
  return pickRemote<Architect>("architect", config, await parts.external(), {
    remote: (remote) => createRemoteArchitect({ remote, validate, ...(contracts ? { contracts } : {}) }),
    embedded: async () => (await chooseArchitect("builtin", settings)).architect,
  });
}

export async function pickContracts(
  config: Config,
  { workspace, db, external }: Parts,
): Promise<Picked<ContractEngine>> {
  const embedded = async () => {
    const [{ createContractEngine }, { observeServices }] = await Promise.all([
      import("./contracts/engine.ts"),
      import("./pipeline/observed.ts"),
    ]);
    const readCode = async (folder: string, signal: AbortSignal) => {
      const { readServiceFacts } = await import("./source/service-facts.ts");
      return readServiceFacts(folder, signal);
    };
    return createContractEngine(db, { observe: observeServices(db, workspace, readCode) });
  };
  if (config.contracts.backend !== "mcp") return { backend: await embedded(), why: "Kept in the state database" };
  const [{ pickRemote }, { createRemoteContracts }, { embeddedInstead, remoteBeside }] = await Promise.all([
    import("./context-remote.ts"),
    import("./contracts/remote.ts"),
    import("./contracts/remote/fallback.ts"),
  ]);
  return pickRemote<ContractEngine>("contracts", config, await external(), {
    remote: async (remote) => remoteBeside(createRemoteContracts({ remote, db }), await embedded(), db),
    embedded: async () => embeddedInstead(await embedded(), db),
  });
}

export async function pickContractChanges(config: Config, parts: Parts): Promise<ContractChanges> {
  const { db } = parts;
  const [{ createContractChanges }, { createContractRegistry }] = await Promise.all([
    import("./contracts/changes.ts"),
    import("./contracts/registry.ts"),
  ]);
  const here = createContractChanges(db, createContractRegistry(db));
  if (config.contracts.backend !== "mcp") return here;
  const { changesBesideRemote } = await import("./contracts/remote/change-requests.ts");
  return changesBesideRemote(here, (await pickContracts(config, parts)).backend);
}

/** Who knows the code below `root`. What was picked is to be closed; a connection to a server is not its own. */
export async function pickCodebase(
  config: Config,
  { workspace, external }: Parts,
  root: string,
): Promise<Picked<CodebaseIntelligence> & { close(): void }> {
  const { embeddings, backend } = config.codebase;
  let close = () => {};
  const embedded = async () => {
    const { createBuiltinCodebase } = await import("./codebase/builtin.ts");
    const api_key = embeddings?.api_key_env ? (process.env[embeddings.api_key_env] ?? "") : "";
    const codebase = createBuiltinCodebase({
      root,
      // One index a folder, whatever project asks.
      index: cacheFile(workspace, join("cache", `codebase-${sha256(root).slice(0, 16)}.db`)),
      embeddings: embeddings ? { ...embeddings, api_key } : undefined,
    });
    close = () => codebase.close();
    return codebase;
  };
  if (backend !== "mcp") return { backend: await embedded(), why: "Kept in an index of the project", close };
  const [{ pickRemote }, { createRemoteCodebase }] = await Promise.all([
    import("./context-remote.ts"),
    import("./codebase/remote.ts"),
  ]);
  const picked = await pickRemote<CodebaseIntelligence>("codebase", config, await external(), {
    remote: (remote) => createRemoteCodebase({ remote, workspace: root }),
    embedded,
  });
  return { ...picked, close };
}

export async function pickPorts(config: Config, parts: Parts): Promise<Omit<PipelinePorts, "codebaseOf">> {
  const [{ chooseBuilder }, { createHostQueue }] = await Promise.all([
    import("./builders/choose.ts"),
    import("./pipeline/build-queue/host-queue.ts"),
  ]);
  const contracts = await pickContracts(config, parts);
  const architect = await pickArchitect(config, parts);
  const { builder, why: whyBuilder } = await chooseBuilder(config.builder, {
    budget_limit: config.budget_limit,
    agent_team_config: config.agent_team_config_path,
    own: { ...parts.own, workspace: parts.workspace },
    queue: createHostQueue(parts.db),
  });
  const runtime = await pickRuntime(config, parts.workspace);
  const { gitObstacle } = await import("./lib/git.ts");
  const noGit = await gitObstacle();
  const whereBuilt = noGit === "" ? "" : ` Without worktrees: ${noGit}, so builders work in the output folder itself.`;
  const given = "The configuration asks for it.";
  const choice = (role: BackendChoice["role"], picked: string, setting: string, why: string) => ({
    role,
    picked,
    setting,
    why,
  });
  const { contracts: asked } = config;
  const whyContracts = { auto: `${contracts.why}.`, builtin: given, mcp: contracts.why }[asked.backend];
  return {
    architect: architect.backend,
    contracts: contracts.backend,
    builder,
    runtime: runtime.backend,
    choices: [
      choice("architect", architect.backend.name, "architect.backend", architect.why),
      choice("contracts", contracts.backend.name, "contracts.backend", whyContracts),
      choice("builder", builder.name, "builder.backend", whyBuilder + whereBuilt),
      choice("runtime", runtime.backend.name, "integration.runtime", runtime.why),
    ],
  };
}

/** Where services run. Whether an engine can build them is only known once they are there: `auto` decides then. */
export async function pickRuntime({ integration }: Config, workspace: string): Promise<Picked<Runtime>> {
  const { runtime: asked, gateway, traefik_image, compose_file, test_compose_file } = integration;
  const [{ createProcessRuntime }, { createDockerRuntime }, { findEngine }] = await Promise.all([
    import("./integrator/runtimes/process.ts"),
    import("./integrator/runtimes/docker.ts"),
    import("./integrator/runtimes/docker-found.ts"),
  ]);
  if (asked === "process") return { backend: createProcessRuntime(), why: "The configuration asks for it." };
  const docker = createDockerRuntime({
    gateway,
    traefik_image,
    compose_file: resolve(workspace, compose_file),
    test_compose_file: resolve(workspace, test_compose_file),
  });
  if (asked === "docker") return { backend: docker, why: "The configuration asks for it." };
  const found = await findEngine();
  if (found.why !== "") return { backend: createProcessRuntime(), why: `Processes behind a gateway: ${found.why}` };
  const { createAutoRuntime } = await import("./integrator/runtimes/auto.ts");
  return {
    backend: createAutoRuntime(docker, createProcessRuntime()),
    why: `${found.what}; processes instead when it cannot build the services.`,
  };
}
