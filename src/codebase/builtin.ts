import { performance } from "node:perf_hooks";
import type { IndexReport } from "../model/codebase.ts";
import type { CodebaseIntelligence } from "./port.ts";
import { registerArtifact } from "./register.ts";
import { callersOf } from "./resolve/callers.ts";
import { definitionsOf, shownDefinition } from "./resolve/symbols.ts";
import type { EmbeddingsEndpoint } from "./search/embeddings.ts";
import { searchCode } from "./search/semantic.ts";
import { deadCodeIn } from "./services/dead-code.ts";
import { dependenciesOf } from "./services/dependencies.ts";
import { interfaceOf } from "./services/interface.ts";
import { openSession } from "./session.ts";

const MOST_UNPARSED = 50;

export interface BuiltinOptions {
  /** The folder that is indexed. */
  root: string;
  /** File of the index; it may be deleted at any time. */
  index: string;
  embeddings?: EmbeddingsEndpoint | undefined;
}

/**
 * The embedded codebase intelligence: an index in SQLite that every question first brings up to date with the folder.
 * Errors: NOT_FOUND when the folder does not exist, INVALID_INPUT when it is none.
 */
export function createBuiltinCodebase(options: BuiltinOptions): CodebaseIntelligence & { close(): void } {
  const session = openSession(options.root, options.index);
  return {
    name: "builtin",
    close: () => session.close(),
    async index({ signal, onProgress }) {
      const begun = performance.now();
      const updated = await session.update(signal, onProgress);
      const { snapshot } = session.glance();
      const files = [...snapshot.files.values()];
      const skipped = { ...updated.skipped };
      for (const { state } of files)
        if (state !== "" && !/^(unparsed|given)$/.test(state)) skipped[state] = (skipped[state] ?? 0) + 1;
      const report: IndexReport = {
        files: files.length,
        files_read: updated.read,
        files_removed: updated.removed,
        lines: files.reduce((sum, { lines }) => sum + lines, 0),
        symbols: Number(session.db.prepare("SELECT count(*) FROM definitions").pluck().get()),
        skipped,
        unparsed: files.flatMap(({ state, path }) => (state === "unparsed" ? [path] : [])).slice(0, MOST_UNPARSED),
        duration_ms: Math.round(performance.now() - begun),
      };
      return report;
    },
    async findDefinition({ symbol, language, signal }) {
      const { snapshot } = await session.look(signal);
      return definitionsOf(snapshot, symbol, language).map((one) => shownDefinition(snapshot, one));
    },
    async findCallers({ symbol, max_results = 50, signal }) {
      const { snapshot, names } = await session.look(signal);
      const { callers, doubtful } = callersOf(snapshot, names, definitionsOf(snapshot, symbol));
      return { callers: callers.slice(0, max_results), total: callers.length, known: doubtful === 0 };
    },
    async findDependencies({ signal, ...question }) {
      const { snapshot, names } = await session.look(signal);
      return dependenciesOf(snapshot, names, question);
    },
    async searchSemantic({ signal, ...question }) {
      const look = await session.look(signal);
      return searchCode(session, look, { ...question, signal, embeddings: options.embeddings });
    },
    async getServiceInterface({ service_name, signal }) {
      const { snapshot } = await session.look(signal);
      return interfaceOf(snapshot, service_name);
    },
    async checkDeadCode({ service_name, signal }) {
      const { snapshot, names } = await session.look(signal);
      return deadCodeIn(snapshot, names, service_name);
    },
    registerArtifact: (artifact) => registerArtifact(session, artifact),
  };
}
