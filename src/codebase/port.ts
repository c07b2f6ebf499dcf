import type {
  ArtifactReport,
  Caller,
  CodeChunk,
  DeadCode,
  Definition,
  Dependencies,
  IndexReport,
  ServiceInterface,
} from "../model/codebase.ts";

/** What every question may carry. */
export interface Asking {
  signal?: AbortSignal;
}

/**
 * Knows the project's code (specification 8.1, codebase intelligence). Paths are relative to the project folder, with "/".
 * Errors of every method: NOT_FOUND for a symbol, file or service that the index does not know, with what it does know;
 * a remote one also REMOTE_UNAVAILABLE and REMOTE_ANSWER.
 */
export interface CodebaseIntelligence {
  readonly name: string;
  /** Bring the index up to date with the folder; reads only what changed. */
  index(options: Asking & { onProgress?: (path: string, done: number, total: number) => void }): Promise<IndexReport>;
  /** All definitions of a symbol (`create`, `OrderService.create`), the likeliest first; never empty. */
  findDefinition(question: Asking & { symbol: string; language?: string }): Promise<Definition[]>;
  /** `known` is false where the index cannot tell: then no callers does not mean that nobody calls. */
  findCallers(
    question: Asking & { symbol: string; max_results?: number },
  ): Promise<{ callers: Caller[]; total: number; known: boolean }>;
  findDependencies(
    question: Asking & { file_path: string; depth?: number; direction?: "imports" | "imported_by" | "both" },
  ): Promise<Dependencies>;
  /** `onFallback` hears why the embeddings that are configured could not be used. */
  searchSemantic(
    question: Asking & {
      query: string;
      language?: string;
      service_name?: string;
      n_results?: number;
      onFallback?: (reason: string) => void;
    },
  ): Promise<CodeChunk[]>;
  getServiceInterface(question: Asking & { service_name: string }): Promise<ServiceInterface>;
  checkDeadCode(question: Asking & { service_name?: string }): Promise<DeadCode[]>;
  /** Index one file now; with `source`, as if it had that content. */
  registerArtifact(
    artifact: Asking & { file_path: string; service_name?: string; source?: string },
  ): Promise<ArtifactReport>;
}
