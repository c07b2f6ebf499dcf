import { createServer } from "node:net";
import { AppError } from "../../lib/errors.ts";

/** Below the range from which systems take ports for outgoing connections, so that only listeners compete. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Whether a port can be listened on now. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** So many distinct ports that were free a moment ago. Another program may still take one before its use. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tried = 0; found.size < count && tried < count * 50 + 200; tried += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size === count) return [...found];
  throw new AppError("ENVIRONMENT", `Only ${found.size} of ${count} free ports were found on the loopback address.`, {
    remedy: `Stop programs that listen on ports ${FIRST} to ${FIRST + COUNT - 1}, then try again.`,
  });
}
