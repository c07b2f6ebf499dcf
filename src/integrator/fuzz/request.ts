import type { FuzzCheckName } from "../../model/fuzz-report.ts";
import type { TestSystem } from "../session/session.ts";
import type { Exchange } from "./check/found.ts";
import type { Phase } from "./generate/case.ts";
import type { CredentialOptions } from "./http/credentials.ts";

export interface FuzzRequest {
  /** OpenAPI 3.0 or 3.1; local references only. */
  document: Record<string, unknown>;
  /** The only address that is asked, with the base path if the service has one. */
  url: string;
  credentials: CredentialOptions;
  /** Decides every made-up value; chosen when left out. */
  seed?: number | undefined;
  /** Random requests an operation, of each kind (50). */
  max_examples?: number;
  /** Time for everything, in seconds; 0 for no limit. */
  max_seconds?: number;
  /** Requests a second at most; 0 for no limit. */
  rate?: number;
  /** Requests at the same time (8). */
  concurrency?: number;
  /** Time for one request (10 s). */
  timeout_ms?: number;
  /** Slower answers are findings; null for no threshold. */
  max_response_ms?: number | null;
  /** "METHOD /path" or operation ids, with `*`: test only these. Others may still be used to create what they need. */
  include?: readonly string[];
  /** Never called at all. */
  exclude?: readonly string[];
  phases?: readonly Phase[];
  checks?: readonly FuzzCheckName[];
  hooks_file?: string | undefined;
  /** The system that the tested service is part of: tokens and what requests refer to are got from its other services. */
  surroundings?: Surroundings | undefined;
  /** Delete what was created (true). */
  cleanup?: boolean;
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
  onExchange?: (exchange: Exchange) => void;
}

export interface Surroundings {
  system: TestSystem;
  /** Name of the tested service in it. */
  service: string;
}
