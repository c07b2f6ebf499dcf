import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../src/lib/log.ts";
import { connectRemote } from "../../src/mcp/client.ts";
import type { RemoteSettings } from "../../src/model/remote.ts";

const SCRIPT = fileURLToPath(new URL("../fixtures/remote/misbehaving.mjs", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Quick repetitions; generous limits, so that a slow machine does not decide a test. */
const TIMES = { startup_timeout: 30, tool_timeout: 30, retry_delay: 0.01 };

/** A folder for marks that outlive a restart of the server. */
export function marks() {
  const folder = mkdtempSync(join(tmpdir(), "so-remote-"));
  return { path: join(folder, "mark"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The misbehaving server over stdio. */
export function overStdio(env: Record<string, string> = {}, more: Partial<RemoteSettings> = {}) {
  const server = { command: process.execPath, args: [SCRIPT], cwd: root, env };
  return connectRemote({ label: "the server", server, ...TIMES, ...more }, silentLog());
}

/** The misbehaving server over Streamable HTTP, as a process of its own that can be ended and started again. */
export async function overHttp(
  env: Record<string, string> = {},
  { headers = {}, ...more }: Partial<RemoteSettings> & { headers?: Record<string, string> } = {},
) {
  let child: ChildProcess;
  const start = async (port = 0) => {
    child = spawn(process.execPath, [SCRIPT, "--http", String(port)], {
      env: { PATH: process.env.PATH ?? "", ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = await once(child.stdout ?? child, "data");
    return Number(String(line).trim());
  };
  const port = await start();
  const server = { url: `http://127.0.0.1:${port}/mcp`, headers };
  const remote = connectRemote({ label: "the server", server, ...TIMES, ...more }, silentLog());
  const gone = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  return {
    remote,
    gone,
    restart: async () => {
      await gone();
      await start(port);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await gone();
    },
  };
}
