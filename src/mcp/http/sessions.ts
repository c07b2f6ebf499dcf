import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { McpServerHandle } from "../server.ts";

/** One client's connection: its own server over its own transport. */
export interface Session<Kind extends Transport = Transport> {
  transport: Kind;
  server: McpServerHandle;
  /** Who opened it: nobody else may use it, even with its id. */
  caller: string;
  /** Requests and streams that are open now. */
  open: number;
  used_at: number;
}

export interface SessionLimits {
  max_sessions: number;
  /** A session without any open request or stream for so long is closed, in milliseconds. */
  idle_ms: number;
}

/** All sessions of one kind of transport, by id. Idle ones are closed; the limit takes the longest idle first. */
export function createSessions<Kind extends Transport>({ max_sessions, idle_ms }: SessionLimits) {
  const sessions = new Map<string, Session<Kind>>();
  const close = async (id: string, session: Session<Kind>) => {
    sessions.delete(id);
    session.server.abort();
    await session.server.close();
  };
  const sweep = setInterval(
    () => {
      const before = Date.now() - idle_ms;
      for (const [id, session] of sessions) if (session.open === 0 && session.used_at < before) void close(id, session);
    },
    Math.min(idle_ms, 30_000),
  );
  sweep.unref();

  return {
    of(caller: string, id: string): Session<Kind> | undefined {
      const session = sessions.get(id);
      return session?.caller === caller ? session : undefined;
    },
    size: () => sessions.size,
    /** Whether another one may begin; makes room by closing the longest idle. */
    hasRoom(): boolean {
      if (sessions.size < max_sessions) return true;
      const idle = [...sessions].filter(([, { open }]) => open === 0).sort((a, b) => a[1].used_at - b[1].used_at);
      const [longest] = idle;
      if (longest === undefined) return false;
      void close(...longest);
      return true;
    },
    add(id: string, session: Session<Kind>): void {
      sessions.set(id, session);
      session.server.onClosed(() => sessions.delete(id));
    },
    /** Count a request as open until its response ends. */
    hold(session: Session<Kind>, response: { once(event: "close", listener: () => void): unknown }): void {
      session.open += 1;
      session.used_at = Date.now();
      response.once("close", () => {
        session.open -= 1;
        session.used_at = Date.now();
      });
    },
    async closeAll(): Promise<void> {
      clearInterval(sweep);
      await Promise.all([...sessions].map(([id, session]) => close(id, session)));
    },
    servers: () => [...sessions.values()].map(({ server }) => server),
  };
}
