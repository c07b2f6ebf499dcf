import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { baseEnvironment, type Peer, startPeer } from "../../lib/exec.ts";
import { processArguments } from "../../lib/threads.ts";
import { REPLY_MARK, type VerifierJob, type VerifierReply } from "./job.ts";

/** The Pact Foundation's verifier, in a process of its own. One job at a time. */
export interface PactVerifier {
  /** Verify one interaction. Errors: the signal's reason; an Error when the verifier's process ended without an answer. */
  run(job: Omit<VerifierJob, "id" | "pact_file">, pact: Record<string, unknown>): Promise<VerifierReply>;
  /** End its process and remove its files. */
  close(): Promise<void>;
}

/** Time for the verifier to load, start and judge, beside the provider's. */
const PATIENCE_MS = 60_000;
/** What it says of itself when it dies. */
const LAST_WORDS = 2000;

const ENTRY = {
  source: new URL("./worker.ts", import.meta.url),
  bundled: "pact-worker",
  from: import.meta.url,
};

/** A verifier; its process starts with the first job, and again after one that ended it. */
export function createVerifier(signal: AbortSignal): PactVerifier {
  const folder = mkdtempSync(join(tmpdir(), "so-pact-"));
  let started: Promise<Running> | undefined;
  let id = 0;
  const stop = async () => {
    const running = await started?.catch(() => undefined);
    started = undefined;
    await running?.peer.stop(0);
  };
  const onAbort = () => void stop();
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    run: async (job, pact) => {
      signal.throwIfAborted();
      id += 1;
      const pact_file = join(folder, `${id}.json`);
      writeFileSync(pact_file, JSON.stringify(pact));
      started ??= start(folder);
      const running = await started;
      const timer = setTimeout(() => void stop(), job.timeout_ms + PATIENCE_MS);
      try {
        return await running.ask({ ...job, id, pact_file });
      } catch (cause) {
        started = undefined;
        signal.throwIfAborted();
        throw cause;
      } finally {
        clearTimeout(timer);
      }
    },
    close: async () => {
      signal.removeEventListener("abort", onAbort);
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  peer: Peer;
  ask(job: VerifierJob): Promise<VerifierReply>;
}

async function start(cwd: string): Promise<Running> {
  const env = baseEnvironment({
    // Otherwise the verifier reports its use to its makers.
    PACT_DO_NOT_TRACK: "true",
    NO_COLOR: "1",
  });
  const peer = await startPeer({ command: process.execPath, args: processArguments(ENTRY), cwd, env });
  const waiting = new Map<number, (reply: VerifierReply) => void>();
  let words = "";
  peer.output.resume();
  createInterface({ input: peer.errors }).on("line", (line) => {
    if (!line.startsWith(REPLY_MARK)) {
      words = `${words}${line}\n`.slice(-LAST_WORDS);
      return;
    }
    // The other side is our own code.
    const reply = JSON.parse(line.slice(REPLY_MARK.length)) as VerifierReply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  const ended = peer.exited.then(({ code, signal }): never => {
    const last = words.trim().split("\n").at(-1) ?? "";
    throw new Error(`its process ended with ${code ?? signal}${last === "" ? "" : `: ${last.slice(0, 300)}`}`);
  });
  ended.catch(() => {});
  return {
    peer,
    ask: (job) => {
      const replied = new Promise<VerifierReply>((resolve) => waiting.set(job.id, resolve));
      peer.input.write(`${JSON.stringify(job)}\n`);
      return Promise.race([replied, ended]);
    },
  };
}
