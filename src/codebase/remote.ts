import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { z } from "zod";
import { AppError, messageOf } from "../lib/errors.ts";
import { ArtifactReport, IndexReport } from "../model/codebase.ts";
import type { RemoteTools } from "../model/remote.ts";
import { askRemote, remoteFault, toolAmong } from "../model/remote-answer.ts";
import type { CodebaseIntelligence } from "./port.ts";
import {
  Callers,
  Chunks,
  callerOf,
  chunkOf,
  DeadList,
  Definitions,
  deadOf,
  definitionOf,
  dependenciesOf,
  interfaceOf,
  RemoteDependencies,
  RemoteInterface,
} from "./remote/answers.ts";
import { indexFiles, type ToldFiles } from "./remote/index-files.ts";
import { type PathForm, pathForm } from "./remote/paths.ts";

const Registered = z.union([
  ArtifactReport,
  z.union([z.null(), z.literal(""), z.literal("null"), z.array(z.unknown()).max(0)]).transform(() => null),
]);

/** Lists are asked for whole, where a server takes a limit: this package's own answers short ones otherwise. */
const MOST = 500;

/**
 * Codebase intelligence behind an external server: Build 1's, one with the specification's tools, or another
 * super-orchestrator. What a server does not tell is null or empty and named in `not_reported`.
 * Errors of every method: REMOTE_UNAVAILABLE, REMOTE_ANSWER; and the port's.
 */
export function createRemoteCodebase({
  remote,
  workspace,
}: {
  remote: RemoteTools;
  workspace: string;
}): CodebaseIntelligence {
  // Another connection may be another process that remembers nothing.
  const told = new WeakMap<object, ToldFiles>();
  const toldFiles = async () => {
    const connection = await remote.tools();
    const files = told.get(connection) ?? new Map();
    told.set(connection, files);
    return files;
  };
  const ask = <Schema extends z.ZodType>(
    tool: string,
    offer: Record<string, unknown>,
    schema: Schema,
    signal: AbortSignal | undefined,
  ) => askRemote(remote, tool, offer, schema, { signal });

  const register = async (
    { file_path, service_name, source, signal }: Parameters<CodebaseIntelligence["registerArtifact"]>[0],
    known?: string,
  ): Promise<ArtifactReport> => {
    const tool = "register_artifact";
    const { takes } = (await toolAmong(remote, [tool])).tool;
    const takesSource = takes.has("source") || takes.has("source_base64");
    if (source !== undefined && !takesSource) throw remoteFault(remote, tool, "takes no source; it reads files itself");
    const read = takesSource ? (source ?? known ?? readSource(workspace, file_path)) : undefined;
    if (read !== undefined && typeof read !== "string")
      return { indexed: false, symbols_found: 0, dependencies_found: 0, errors: [read.fault] };
    const content = read;
    const offer = {
      file_path: (await pathsOf(remote, workspace)).out(file_path),
      service_name,
      "source|source_base64": takes.has("source") ? content : content && Buffer.from(content).toString("base64"),
      project_root: takes.has("project_root") ? workspace : undefined,
    };
    const report = await ask(tool, offer, Registered, signal);
    return report ?? { indexed: true, symbols_found: null, dependencies_found: null, errors: [] };
  };

  return {
    name: "mcp",
    async index({ signal, onProgress }) {
      if ((await remote.names()).has("index_codebase")) return ask("index_codebase", {}, IndexReport, signal);
      const one = ({ source, ...file }: { file_path: string; service_name?: string; source: string }) =>
        register({ ...file, ...(signal ? { signal } : {}) }, source);
      return indexFiles(workspace, await toldFiles(), one, { signal, onProgress });
    },
    async findDefinition({ symbol, language, signal }) {
      const paths = await pathsOf(remote, workspace);
      const found = await ask("find_definition", { symbol, language }, Definitions, signal);
      if (found.length === 0) throw unknown(remote, `symbol ${symbol}`);
      return found.map((one) => definitionOf(one, symbol, paths));
    },
    async findCallers({ symbol, max_results, signal }) {
      const paths = await pathsOf(remote, workspace);
      const found = await ask("find_callers", { symbol, max_results }, Callers, signal);
      const callers = found.callers.map((one) => callerOf(one, paths)).slice(0, max_results);
      // An empty list is what Build 1 gives when it has not looked.
      return { callers, total: found.total ?? found.callers.length, known: found.known ?? callers.length > 0 };
    },
    async findDependencies({ file_path, depth, direction, signal }) {
      const paths = await pathsOf(remote, workspace);
      const offer = { file_path: paths.out(file_path), depth, direction };
      const found = await ask("find_dependencies", { ...offer, limit: MOST }, RemoteDependencies, signal);
      return dependenciesOf(found, { file_path, ...(direction ? { direction } : {}) }, paths);
    },
    async searchSemantic({ query, language, service_name, n_results, signal }) {
      const paths = await pathsOf(remote, workspace);
      const found = await ask("search_semantic", { query, language, service_name, n_results }, Chunks, signal);
      return found.map((one) => chunkOf(one, paths)).slice(0, n_results);
    },
    async getServiceInterface({ service_name, signal }) {
      const paths = await pathsOf(remote, workspace);
      const offer = { "service_name|service": service_name };
      const found = interfaceOf(
        await ask("get_service_interface", { ...offer, limit: MOST }, RemoteInterface, signal),
        service_name,
        paths,
      );
      // Build 1 has an empty answer for a service of which it knows nothing.
      const told = [found.endpoints, found.events_published, found.events_consumed, found.exported_symbols];
      if (told.every((list) => list.length === 0)) throw unknown(remote, `service ${service_name}`);
      return found;
    },
    async checkDeadCode({ service_name, signal }) {
      const paths = await pathsOf(remote, workspace);
      const found = await ask(
        "check_dead_code",
        { "service_name|service": service_name, limit: MOST },
        DeadList,
        signal,
      );
      return found.map((one) => deadOf(one, paths));
    },
    registerArtifact: (artifact) => register(artifact),
  };
}

/** Build 1 runs in a folder of its own and opens files by the path it was given; our own server takes the folder as `path`. */
async function pathsOf(remote: RemoteTools, workspace: string): Promise<PathForm> {
  const takes = (await remote.tools()).get("register_artifact")?.takes;
  return pathForm(workspace, (takes?.has("project_root") ?? false) && takes?.has("path") !== true);
}

/** What a file of the project holds, or why it cannot be told. */
function readSource(workspace: string, file_path: string): string | { fault: string } {
  const path = join(workspace, file_path);
  const inside = relative(workspace, path);
  if (isAbsolute(file_path) || inside === ".." || inside.startsWith(`..${sep}`))
    return { fault: `${file_path} is not a path in the project folder.` };
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    return { fault: `${file_path} cannot be read: ${messageOf(cause)}.` };
  }
}

function unknown(remote: RemoteTools, what: string): AppError {
  return new AppError("NOT_FOUND", `${remote.label} knows nothing of the ${what}.`, {
    remedy: "Index the code first, and check the name; the server knows only what was registered with it.",
  });
}
