import { createConnection, createServer, isIPv4, type Server, type Socket } from "node:net";
import type { Watched } from "../port.ts";
import type { Engine } from "./docker-engine.ts";

/** How containers report their spans to whoever watches on the loopback address of this machine. */
export interface SpanRelay {
  /** Environment variables of a service; empty where the engine's machine cannot reach this one. */
  environment(service: string): Record<string, string>;
  close(): Promise<void>;
}

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

/**
 * Containers of a local engine reach this machine at the address of the engine's bridge, where the receiver is passed on
 * from; those of Docker Desktop, whose bridge is in a machine of its own, at host.docker.internal. An engine elsewhere
 * reaches nothing: there logs alone tell of traces.
 */
export async function relaySpans(engine: Engine, watched: Watched | undefined): Promise<SpanRelay> {
  const told = watched?.environment("")[ENDPOINT];
  if (watched === undefined || told === undefined || engine.publish.bind !== "127.0.0.1") return NOTHING;
  const port = Number(new URL(told).port);
  const open = new Set<Socket>();
  const relay = createServer((container) => {
    const receiver = createConnection(port, "127.0.0.1");
    open.add(container);
    container.once("close", () => open.delete(container));
    container.on("error", () => receiver.destroy()).pipe(receiver);
    receiver.on("error", () => container.destroy()).pipe(container);
  });
  const bridge = await bridgeAddress(engine);
  const listening = bridge === undefined ? undefined : await listen(relay, bridge);
  // The bridge is in a machine of its own.
  if (listening === undefined) return { ...NOTHING, environment: to(`http://host.docker.internal:${port}`) };
  const close = () =>
    new Promise<void>((done) => {
      relay.close(() => done());
      for (const container of open) container.destroy();
    });
  return { environment: to(`http://${bridge}:${listening}`), close };

  function to(endpoint: string): SpanRelay["environment"] {
    return (service) => ({ ...watched?.environment(service), [ENDPOINT]: endpoint });
  }
}

const NOTHING: SpanRelay = { environment: () => ({}), close: async () => {} };

/** The address of the engine's machine on its default bridge. */
async function bridgeAddress({ docker }: Engine): Promise<string | undefined> {
  const bridge = await docker
    .getNetwork("bridge")
    .inspect()
    .catch(() => undefined);
  const configs: { Gateway?: string | undefined }[] = bridge?.IPAM?.Config ?? [];
  return configs.find(({ Gateway = "" }) => isIPv4(Gateway))?.Gateway;
}

/** The port it listens on; undefined where the address is not this machine's. */
function listen(server: Server, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === "object" ? address?.port : undefined);
    });
  });
}
