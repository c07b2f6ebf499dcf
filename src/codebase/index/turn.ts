import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "../../lib/db.ts";
import { isAlive, ownIdentity } from "../../lib/process.ts";
import type { Writer } from "./database.ts";

const KEY = "writer";

/**
 * Wait until no other process writes the index, and take the turn; the result gives it back. A process that died in the
 * middle has lost its turn. Whoever waited looks again what is left to do: mostly nothing.
 */
export async function takeTurn(db: Db, writer: Writer, signal: AbortSignal): Promise<() => void> {
  const own = ownIdentity();
  const mine = JSON.stringify(own);
  const take = db.transaction((): boolean => {
    const held = writer.get(KEY);
    if (held !== undefined && held !== mine && isHeld(held)) return false;
    writer.put(KEY, mine);
    return true;
  });
  for (let wait = 5; !take.immediate(); wait = Math.min(100, wait * 2)) {
    signal.throwIfAborted();
    await sleep(wait, undefined, { signal });
  }
  return () => {
    db.transaction(() => {
      if (writer.get(KEY) === mine) writer.drop(KEY);
    }).immediate();
  };
}

function isHeld(text: string): boolean {
  const holder: unknown = JSON.parse(text);
  if (holder === null || typeof holder !== "object" || !("pid" in holder) || !("started" in holder)) return false;
  return isAlive({ pid: Number(holder.pid), started: String(holder.started) });
}
