import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  type CallToolResult,
  type ClientCapabilities,
  ElicitRequestSchema,
  type ElicitResult,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { acquireLease, releaseLease } from "../../src/pipeline/lease.ts";
import { addCost } from "../../src/pipeline/ledger.ts";
import { markInterrupted } from "../../src/pipeline/store.ts";
import { inStore, makeWorkspace, removeWorkspace, SERVER, SHOP_PRD } from "./support.ts";

interface Person {
  capabilities?: ClientCapabilities;
  /** What the person puts into forms, in this order; what was shown is kept. */
  answers?: ElicitResult[];
  /** What the client says its folders are. */
  roots?: () => string[];
}

const workspaces: string[] = [];
afterEach(async () => {
  for (const workspace of workspaces.splice(0)) await removeWorkspace(workspace);
}, 60_000);
const workspaceOf = () => {
  const workspace = makeWorkspace();
  workspaces.push(workspace);
  return workspace;
};

/** A real client on the built server, with a person who fills in forms. */
async function connected(cwd: string, args: string[], { capabilities = {}, answers = [], roots }: Person = {}) {
  const client = new Client(
    { name: "test", version: "1" },
    { capabilities: { ...capabilities, ...(roots && { roots: { listChanged: true } }) } },
  );
  const shown: { message: string; requestedSchema?: unknown }[] = [];
  const logged: { level: string; data: unknown }[] = [];
  if (capabilities.elicitation)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      shown.push(params);
      return answers.shift() ?? { action: "cancel" };
    });
  if (roots)
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: roots().map((path) => ({ uri: pathToFileURL(path).href })),
    }));
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params));
  const env = { PATH: process.env.PATH ?? "", HOME: cwd };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [SERVER, ...args], cwd, env, stderr: "inherit" }),
  );
  onTestFinished(() => client.close());
  const call = async (name: string, given: Record<string, unknown> = {}) =>
    (await client.callTool({ name, arguments: given }, undefined, { timeout: 120_000 })) as CallToolResult;
  const answer = async (name: string, given: Record<string, unknown> = {}) => {
    const result = await call(name, given);
    expect(result.isError, JSON.stringify(result.content)).toBeUndefined();
    return result.structuredContent ?? {};
  };
  const error = async (name: string, given: Record<string, unknown> = {}) => {
    const { isError, content } = await call(name, given);
    expect(isError).toBe(true);
    return JSON.parse(content[0]?.type === "text" ? content[0].text : "").error as { code: string; message: string };
  };
  return { client, answer, error, shown, logged };
}

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
describe.skipIf(!existsSync(SERVER))("a person at the client (needs the built server: npm run build)", () => {
  const elicitation = { elicitation: { form: {} } };
  const accept = (content: Record<string, string | number>): ElicitResult => ({ action: "accept", content });

  it("reviews the architecture in a form, and nothing is decided before", async () => {
    const workspace = workspaceOf();
    const answers = [
      { action: "decline" as const },
      accept({ decision: "reject" }),
      accept({ decision: "reject", feedback: "rename service notifications-service to messages-service" }),
      accept({ decision: "approve", feedback: "" }),
    ];
    const { answer, error, shown } = await connected(workspace, [], { capabilities: elicitation, answers });
    await answer("run_pipeline", { prd_path: SHOP_PRD, depth: "quick" });
    const waiting = await answer("get_pipeline_status", { wait_seconds: 60 });
    expect(waiting).toMatchObject({
      status: "waiting_for_review",
      next_step: expect.stringContaining("asks the person"),
    });

    expect(await error("review_architecture")).toMatchObject({ code: "INTERRUPTED" });
    expect(shown[0]?.message).toContain("notifications-service: ");
    expect(shown[0]?.requestedSchema).toMatchObject({
      type: "object",
      properties: { decision: { type: "string", enum: ["approve", "reject"] }, feedback: { type: "string" } },
      required: ["decision"],
    });
    expect(await error("review_architecture")).toMatchObject({ code: "INVALID_INPUT" });
    await answer("review_architecture");
    expect(await answer("get_pipeline_status", { wait_seconds: 60 })).toMatchObject({ status: "waiting_for_review" });
    expect(await answer("review_architecture")).toMatchObject({ status: "running" });
    expect(shown[3]?.message).toContain("messages-service: ");
    expect(await error("review_architecture")).toMatchObject({ code: "WRONG_STATE" });
    expect(shown).toHaveLength(4);
    await answer("cancel_pipeline");
  }, 120_000);

  it("is not there: the tool says how to decide without a form", async () => {
    const { answer, error } = await connected(workspaceOf(), []);
    await answer("init_pipeline", { prd_path: SHOP_PRD });
    expect(await error("review_architecture")).toMatchObject({
      code: "INVALID_INPUT",
      remedy: expect.stringContaining("pass decision"),
    });
  });

  it("sets the budget that a paid builder needs, and a higher one when it is used up", async () => {
    const workspace = workspaceOf();
    mkdirSync(join(workspace, ".super-orchestrator"));
    writeFileSync(join(workspace, ".super-orchestrator", "config.yaml"), "builder: { backend: claude-code }\n");
    const answers = [{ action: "cancel" as const }, accept({ budget_limit: 3 }), accept({ budget_limit: 4 })];
    const { answer, error, shown } = await connected(workspace, [], { capabilities: elicitation, answers });
    expect(await error("run_pipeline", { prd_path: SHOP_PRD })).toMatchObject({ code: "INTERRUPTED" });
    expect(await answer("list_pipelines")).toMatchObject({ total: 0 });
    const { pipeline_id } = await answer("run_pipeline", { prd_path: SHOP_PRD });
    expect(shown[1]?.message).toContain("The builder claude-code costs money");
    const waiting = await answer("get_pipeline_status", { wait_seconds: 60 });
    expect(waiting).toMatchObject({ status: "waiting_for_review", cost: { limit: 3 } });

    inStore(workspace, (db) => {
      const lease = acquireLease(db, String(pipeline_id));
      addCost({ db, lease }, { phase: "builders_running", item: "x", attempt: 1, usd: 3.2 });
      markInterrupted(db, lease, "BUDGET_EXCEEDED: The budget is used up.");
      releaseLease(db, lease);
    });
    await answer("resume_pipeline");
    expect(shown[2]).toMatchObject({
      message: expect.stringContaining("$3.20 of $3.00"),
      requestedSchema: { properties: { budget_limit: { type: "number", minimum: 3.21 } } },
    });
    expect(await answer("get_pipeline_status")).toMatchObject({ cost: { limit: 4 } });
    await answer("cancel_pipeline");
  }, 120_000);
});

describe.skipIf(!existsSync(SERVER))("a client's folders (needs the built server: npm run build)", () => {
  const folder = (file: string) => {
    const path = mkdtempSync(join(tmpdir(), "so-roots-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    writeFileSync(join(path, file), 'import hashlib\nkey = hashlib.md5(b"x")\n');
    return path;
  };

  it("are where it works, and all that may be read: not by an absolute path, not by .., not by a link", async () => {
    const [started, root, other] = [folder("a.py"), folder("b.py"), folder("c.py")];
    let roots = [join(root, "gone"), root];
    const { client, answer, error } = await connected(started, [], { roots: () => roots });
    expect(await answer("scan_security", { codes: ["LOG-001"] })).toMatchObject({ files_scanned: 1 });
    symlinkSync(other, join(root, "link"));
    symlinkSync(join(other, "new.json"), join(root, "dangling.json"));
    for (const path of [other, "../", join("link"), join("link", "deeper"), started, "/"])
      expect(await error("scan_security", { path }), path).toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("lies outside"),
      });
    expect(await error("create_baseline", { file: "dangling.json" })).toMatchObject({ code: "INVALID_INPUT" });
    expect(existsSync(join(other, "new.json"))).toBe(false);

    roots = [root, other];
    await client.sendRootsListChanged();
    expect(await answer("scan_security", { path: other })).toMatchObject({ files_scanned: 1 });
    expect(await error("scan_security", { path: started })).toMatchObject({ code: "INVALID_INPUT" });
  });

  it("do not move a project that was named; --allow-path adds to them", async () => {
    const [started, root, further] = [folder("a.py"), folder("b.py"), folder("c.py")];
    const args = ["--workspace", started, "--allow-path", further];
    const { answer, error } = await connected(tmpdir(), args, { roots: () => [root] });
    for (const path of [".", root, further]) await answer("scan_security", { path });
    expect(await error("scan_security", { path: tmpdir() })).toMatchObject({ code: "INVALID_INPUT" });
  });

  it("were not told: nothing is refused", async () => {
    const [started, other] = [folder("a.py"), folder("b.py")];
    const { answer } = await connected(started, []);
    expect(await answer("scan_security", { path: other })).toMatchObject({ files_scanned: 1 });
  });
});

describe.skipIf(!existsSync(SERVER))("the log of a connection (needs the built server: npm run build)", () => {
  it("has what the client's level lets through, and a wrong level is refused", async () => {
    const { client, answer, logged } = await connected(workspaceOf(), []);
    await answer("list_codes");
    expect(logged).toEqual([]);
    await client.setLoggingLevel("debug");
    await answer("list_codes");
    await expect.poll(() => logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({
      level: "debug",
      data: { message: expect.stringMatching(/^list_codes took \d+ ms$/) },
    });
    await client.setLoggingLevel("error");
    await answer("list_codes");
    await expect(client.setLoggingLevel("loud" as "error")).rejects.toMatchObject({ code: -32602 });
    expect(logged).toHaveLength(1);
  });
});
