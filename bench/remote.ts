// What a connection to an external server costs, beside the SDK's own client: `npx tsx bench/remote.ts [rounds]`.
// Both talk over stdio to the same server (test/fixtures/remote/misbehaving.mjs). Numbers are medians.
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { silentLog } from "../src/lib/log.ts";
import { connectRemote } from "../src/mcp/client.ts";

const rounds = Number(process.argv[2] ?? 7);
const root = fileURLToPath(new URL("..", import.meta.url));
const script = fileURLToPath(new URL("../test/fixtures/remote/misbehaving.mjs", import.meta.url));

interface Talk {
  call(tool: string, input: Record<string, unknown>): Promise<unknown>;
  close(): Promise<void>;
}

const OURS = async (): Promise<Talk> => {
  const server = { command: process.execPath, args: [script], cwd: root, env: {} };
  const times = { startup_timeout: 30, tool_timeout: 60, retry_delay: 1 };
  const remote = connectRemote({ label: "server", server, ...times }, silentLog());
  await remote.names();
  return remote;
};

const SDK = async (): Promise<Talk> => {
  const client = new Client({ name: "bench", version: "1" });
  const maxBufferSize = 64 * 1024 * 1024;
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [script], maxBufferSize }));
  return {
    call: (name, given) => client.callTool({ name, arguments: given }),
    close: () => client.close(),
  };
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function median(values: number[]): string {
  const sorted = values.sort((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1)} ms`;
}

for (const [name, connect] of Object.entries({ ours: OURS, "SDK client": SDK })) {
  const times: Record<string, number[]> = {
    connect: [],
    "1000 calls": [],
    "100 at a time": [],
    "4 MB": [],
    "32 MB": [],
  };
  for (let round = 0; round < rounds; round += 1) {
    let talk: Talk | undefined;
    times.connect?.push(
      await timed(async () => {
        talk = await connect();
      }),
    );
    const { call, close } = talk ?? (await connect());
    const echo = (value: number) => call("echo", { value });
    times["1000 calls"]?.push(
      await timed(async () => {
        for (let index = 0; index < 1000; index += 1) await echo(index);
      }),
    );
    times["100 at a time"]?.push(
      await timed(async () => {
        for (let batch = 0; batch < 10; batch += 1)
          await Promise.all(Array.from({ length: 100 }, (_, index) => echo(index)));
      }),
    );
    times["4 MB"]?.push(await timed(() => call("huge", { bytes: 4_000_000 })));
    times["32 MB"]?.push(await timed(() => call("huge", { bytes: 32_000_000 })));
    await close();
  }
  console.log(name);
  for (const [what, values] of Object.entries(times)) console.log(`  ${what.padEnd(14)} ${median(values)}`);
}
