/** One interaction for the verifier, as it is handed to its process. */
export interface VerifierJob {
  id: number;
  provider: string;
  /** A pact with one interaction. */
  pact_file: string;
  /** Where the provider is; without a trailing slash. */
  base_url: string;
  /** Set on the request, over those of the pact. */
  headers: Record<string, string>;
  /** Names of the provider states, which are arranged already. */
  states: string[];
  /** What the provider states tell, for the pact's generators. */
  values: Record<string, unknown>;
  /** The message that was published; null for a request. */
  message: { description: string; content: unknown } | null;
  /** Time limit of the request. */
  timeout_ms: number;
}

/** An answer that went through the verifier. */
export interface VerifierSeen {
  status: number;
  headers: Record<string, string>;
  /** At most about 1 MiB. */
  body: string;
  /** Set when the gateway answered instead of the provider; "" otherwise. */
  gateway_error: string;
}

export interface VerifierReply {
  id: number;
  passed: boolean;
  /** The verifier's results as JSON, or why it gave none. */
  results: string;
  /** Requests it sent to the provider. */
  asked: number;
  seen: VerifierSeen[];
  /** What broke on the way to the provider or in the verifier; "" when nothing did. */
  failure: string;
}

/** Begins a reply's line: the verifier writes lines of its own. */
export const REPLY_MARK = "\u001epact:";
