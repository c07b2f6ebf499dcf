import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** A way to a server: the SDK's transport, and what only we know about its end. */
export interface Wire {
  transport: Transport;
  /** How it ended, to go on from the server's name: "exited with code 1: …"; "" while nothing is known. */
  end(): string;
  /** End the connection and what was started for it, and wait for that. */
  stop(): Promise<void>;
}
