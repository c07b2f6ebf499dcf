import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type Line, malformed } from "./malformed-messages.ts";
import { makeWorkspace, removeWorkspace, SERVER } from "./support.ts";

const COUNT = 10_000;
/** Sent at once: a client that waits for each answer would take minutes. */
const AT_ONCE = 200;

const Answer = z.looseObject({
  id: z.number().nullish(),
  method: z.string().optional(),
  error: z.strictObject({ code: z.int(), message: z.string(), data: z.unknown().optional() }).optional(),
  result: z
    .looseObject({
      isError: z.boolean().optional(),
      content: z.array(z.looseObject({ text: z.string().optional() })).optional(),
    })
    .optional(),
});
type Answer = z.infer<typeof Answer>;
const ToolError = z.object({
  error: z.object({ code: z.string(), message: z.string().min(10), remedy: z.string().min(5) }),
});

/** Codes that tell a client what it did wrong; an internal error is ours. */
const CLIENT_FAULTS = [-32700, -32600, -32601, -32602, -32002];

/** What is wrong with an answer; "" when it is a clear one. */
function unclear(answer: Answer | undefined): string {
  if (answer === undefined) return "no answer";
  const text = JSON.stringify(answer);
  if (/\\n\s+at |node_modules|root:x:0/.test(text)) return `tells of the inside: ${text.slice(0, 400)}`;
  if (answer.error) {
    const { code, message } = answer.error;
    if (!CLIENT_FAULTS.includes(code)) return `code ${code}: ${message.slice(0, 300)}`;
    if (message.length < 10 || message.length > 2000 || message.includes('"expected"'))
      return `words: ${message.slice(0, 300)}`;
  }
  if (answer.result?.isError) {
    const error = ToolError.safeParse(JSON.parse(answer.result.content?.[0]?.text ?? "{}"));
    if (!error.success) return `no error in it: ${text.slice(0, 300)}`;
    if (error.data.error.code === "INTERNAL") return `INTERNAL: ${error.data.error.message.slice(0, 300)}`;
    if (text.length > 20_000) return `an error of ${text.length} characters: ${text.slice(0, 300)}`;
  }
  return "";
}

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
it.skipIf(!existsSync(SERVER))(
  "10,000 malformed messages: each is answered clearly, nothing runs, nothing leaks, the server stays",
  async () => {
    const workspace = makeWorkspace();
    onTestFinished(() => removeWorkspace(workspace));
    writeFileSync(join(workspace, "app.py"), "x = 1\n");
    symlinkSync("/etc", join(workspace, "out"));
    const child = spawn(process.execPath, [SERVER, "--workspace", workspace, "--toolsets", "all"], {
      cwd: workspace,
      stdio: ["pipe", "pipe", "ignore"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const answers = new Map<number, Answer>();
    const twice: number[] = [];
    let wake = () => {};
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = Answer.parse(JSON.parse(line));
      if (answer.method === "roots/list")
        send({ id: answer.id, result: { roots: [{ uri: pathToFileURL(workspace).href }] } });
      if (answer.method !== undefined || typeof answer.id !== "number") return;
      if (answers.has(answer.id)) twice.push(answer.id);
      answers.set(answer.id, answer);
      wake();
    });
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    // What stays unanswered for so long is a fault; a slow machine has long answered by then.
    const answered = async (ids: number[]) => {
      const until = performance.now() + 60_000;
      while (!ids.every((id) => answers.has(id)) && child.exitCode === null && performance.now() < until)
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 1000);
        });
    };
    const clientInfo = { name: "malformed", version: "1" };
    send({
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: { roots: {} }, clientInfo },
    });
    send({ method: "notifications/initialized" });
    await answered([1]);

    const lines = malformed(COUNT, 8);
    for (let begin = 0; begin < lines.length; begin += AT_ONCE) {
      const batch = lines.slice(begin, begin + AT_ONCE);
      child.stdin.write(batch.map(({ text }) => `${text}\n`).join(""));
      const ids = batch.flatMap(({ id }) => id ?? []);
      await answered(ids);
      if (ids.some((id) => !answers.has(id))) break;
    }
    const faults = lines
      .filter((line): line is Line & { id: number } => line.id !== undefined)
      .map(({ id, kind, text }) => ({ kind, fault: unclear(answers.get(id)), text: text.slice(0, 200) }))
      .filter(({ fault }) => fault !== "");
    expect(faults.slice(0, 20)).toEqual([]);
    expect(twice).toEqual([]);
    expect(readdirSync(workspace).sort()).toEqual(["app.py", "out"]);
    send({ id: 2, method: "tools/call", params: { name: "scan_security", arguments: {} } });
    await answered([2]);
    expect(answers.get(2)?.result).toMatchObject({ structuredContent: { files_scanned: 1 } });
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  },
  300_000,
);
