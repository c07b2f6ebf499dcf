/** An external MCP server as it is reached, with everything resolved. Durations are seconds. */
export interface RemoteSettings {
  /** How it is called in messages, e.g. "contracts.mcp (python3 -m src.contract_engine.mcp_server)". */
  label: string;
  server:
    | { command: string; args: string[]; cwd: string; env: Record<string, string> }
    | { url: string; headers: Record<string, string> };
  /** Time for starting, the handshake and the list of tools. */
  startup_timeout: number;
  /** Time for one answer. */
  tool_timeout: number;
  /** Pause before the first repetition; it doubles with each. */
  retry_delay: number;
}

/** A tool of an external server as its `tools/list` describes it. */
export interface RemoteTool {
  /** Names of its arguments; empty when its schema names none. */
  readonly takes: ReadonlySet<string>;
  /** Those it cannot do without. */
  readonly requires: ReadonlySet<string>;
  /** Whether the server says that a call may be repeated (read-only or idempotent). */
  readonly repeatable: boolean;
}

/**
 * The tools of an external MCP server, over one long-lived connection that is made again when it breaks. What a room's
 * remote backend is given: the rooms know no MCP.
 */
export interface RemoteTools {
  /** How it is called in messages: the configuration's key and command or address. */
  readonly label: string;
  /** Names of the tools it offers. Errors: REMOTE_UNAVAILABLE. */
  names(options?: { signal?: AbortSignal | undefined }): Promise<ReadonlySet<string>>;
  /** The tools it offers, asked once a connection: another map is another connection. Errors: REMOTE_UNAVAILABLE. */
  tools(options?: { signal?: AbortSignal | undefined }): Promise<ReadonlyMap<string, RemoteTool>>;
  /**
   * Call a tool and give its result as data: structured content, or the JSON of its text blocks. A list that came as one
   * block per item is put together again. Errors: REMOTE_UNAVAILABLE (did not start, no answer in time, died; retried first),
   * REMOTE_ANSWER (no such tool, an error result).
   */
  call(tool: string, input: Record<string, unknown>, options?: RemoteCallOptions): Promise<unknown>;
  /** End the connection and the server that was started for it. Later calls fail. */
  close(): Promise<void>;
}

export interface RemoteCallOptions {
  signal?: AbortSignal | undefined;
  /** Whether the call may be made again when its answer was lost; left out, what the server says of the tool. */
  repeatable?: boolean;
}
