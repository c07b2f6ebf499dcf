// What a start of the server costs beside bare SDK servers with as many tools, in the same run, their starts mixed:
// `npm run build && npx tsx bench/start-up.ts [rounds]`. Times until `initialize` is answered, wall and processor (all
// threads, Linux only); then a warm tools/list, and how soon the process is gone after the end of its input. Medians.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { TOOLS } from "../src/tools/index.ts";

const rounds = Number(process.argv[2] ?? 11);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "so-start-up-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

/** As the SDK's own examples do it: McpServer, zod schemas in and out, stdio. */
function bareServer(tools: number): string {
  return `
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
const server = new McpServer({ name: "bare", version: "1" });
for (let index = 0; index < ${tools}; index += 1)
  server.registerTool("tool_" + index, {
    title: "Tool", description: "Does what the tool with this number does, with the path that it is given.",
    inputSchema: { path: z.string().describe("Folder"), limit: z.number().int().optional(), deep: z.boolean().default(false) },
    outputSchema: { total: z.number(), found: z.array(z.string()), next_step: z.string() },
  }, async () => ({ content: [], structuredContent: { total: 0, found: [], next_step: "" } }));
await server.connect(new StdioServerTransport());
process.stdin.on("end", () => process.exit(0));
`;
}

const counts = { all: TOOLS.length, default: TOOLS.filter(({ toolset }) => /pipeline|quality/.test(toolset)).length };
const programs: Record<string, string[]> = {};
for (const [name, count] of Object.entries(counts)) {
  const file = join(folder, `bare-${name}.mjs`);
  const bundled = join(folder, `bare-${name}-bundled.mjs`);
  writeFileSync(file, bareServer(count));
  const banner =
    'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
  const options = { bundle: true, platform: "node", format: "esm", banner: { js: banner } } as const;
  await build({ entryPoints: [file], outfile: bundled, ...options });
  programs[`super-orchestrator, ${name} (${count} tools)`] = [
    join(root, "dist", "server.js"),
    ...(name === "all" ? ["--toolsets", "all"] : []),
  ];
  programs[`bare SDK server, ${count} tools`] = [file];
  programs[`bare SDK server, ${count} tools, bundled`] = [bundled];
}
programs["node -e 1"] = ["-e", "process.stdin.on('data', () => console.log('{}')).on('end', () => process.exit(0))"];

interface Start {
  wall: number;
  cpu: number;
  list: number;
  exit: number;
}

/** Processor time of all threads so far, in milliseconds. */
function cpuOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

async function start(args: string[]): Promise<Start> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  const exited = once(child, "exit");
  let answered = "";
  const line = async () => {
    while (!answered.includes("\n")) answered += (await once(child.stdout, "data"))[0];
    answered = answered.slice(answered.indexOf("\n") + 1);
  };
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const clientInfo = { name: "bench", version: "1" };
  say({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
  await line();
  const wall = performance.now() - began;
  const cpu = cpuOf(child.pid ?? 0);
  const lists: number[] = [];
  if (args[0] !== "-e")
    for (let index = 0; index < 21; index += 1) {
      const asked = performance.now();
      say({ id: index + 2, method: "tools/list" });
      await line();
      lists.push(performance.now() - asked);
    }
  const ended = performance.now();
  child.stdin.end();
  await exited;
  return { wall, cpu, list: median(lists.slice(1)), exit: performance.now() - ended };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const starts = new Map(Object.keys(programs).map((name): [string, Start[]] => [name, []]));
for (let round = 0; round < rounds; round += 1)
  for (const [name, args] of Object.entries(programs)) starts.get(name)?.push(await start(args));
rmSync(folder, { recursive: true, force: true });

console.log("median of", rounds, "starts, in ms".padEnd(34), "initialize", "cpu until then", "tools/list", "exit");
for (const [name, all] of starts) {
  const of = (part: keyof Start) =>
    median(all.map((one) => one[part]))
      .toFixed(part === "list" ? 1 : 0)
      .padStart(9);
  console.log(name.padEnd(52), of("wall"), of("cpu"), of("list"), of("exit"));
}
