import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

interface Kept {
  stream: string;
  message: JSONRPCMessage;
  bytes: number;
}

/**
 * The last messages of one session, so that a client whose connection broke gets what it missed (Last-Event-ID). Bounded
 * by number and size: what is older cannot be had again, and asking for it is refused.
 */
export function createEventStore({ max_events = 1000, max_bytes = 16 * 1024 * 1024 } = {}): EventStore {
  const kept = new Map<string, Kept>();
  let next = 0;
  let bytes = 0;
  return {
    storeEvent: async (stream, message) => {
      next += 1;
      const id = `${stream}_${next}`;
      const size = JSON.stringify(message).length;
      kept.set(id, { stream, message, bytes: size });
      bytes += size;
      for (const [oldest, event] of kept) {
        if ((kept.size <= max_events && bytes <= max_bytes) || oldest === id) break;
        kept.delete(oldest);
        bytes -= event.bytes;
      }
      return id;
    },
    getStreamIdForEventId: async (id) => kept.get(id)?.stream,
    replayEventsAfter: async (last, { send }) => {
      const stream = kept.get(last)?.stream ?? "";
      let found = false;
      for (const [id, event] of [...kept]) {
        // A priming event is an empty object: it opens a stream and is no message.
        if (found && event.stream === stream && "jsonrpc" in event.message) await send(id, event.message);
        if (id === last) found = true;
      }
      return stream;
    },
  };
}
