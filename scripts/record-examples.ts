// Records an example call and its answer for each tool, from a run of the built server on a project made for it:
// `npm run docs:record` writes scripts/docs/examples.json, which `npm run docs` puts into docs/tools.md.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { z } from "zod";
import { TOOLS } from "../src/tools/index.ts";
import { type Examples, readExamples } from "./docs/examples.ts";
import { shorten } from "./docs/shorten.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "so-examples-"));
const client = new Client({ name: "examples", version: "1" });
/** `quality` or `contracts` records that part alone, over what is there: the whole takes minutes. */
const only = process.argv[2];
const examples: Examples = {};

/** Texts of this machine and this run become those of any. */
function anonymous(text: string): string {
  return text
    .replaceAll(project, "/project")
    .replaceAll(root.replace(/\/$/, ""), "/super-orchestrator")
    .replace(/ cannot be had: server error.*?…/g, " cannot be had");
}

const Result = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.any()).optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })),
});

/** Call a tool; the first call of each is its example, unless it only gets something ready. */
async function call(name: string, given: Record<string, unknown> = {}, { example = true } = {}) {
  const params = { name, arguments: given };
  const { isError, structuredContent, content } = Result.parse(
    await client.callTool(params, undefined, { timeout: 600_000 }),
  );
  const answer: unknown = isError ? JSON.parse(content[0]?.text ?? "{}") : structuredContent;
  if (isError) console.error(name, JSON.stringify(answer).slice(0, 300));
  if (example && examples[name] === undefined)
    examples[name] = JSON.parse(anonymous(JSON.stringify({ arguments: given, answer: shorten(answer) })));
  return structuredContent ?? {};
}

const wait = (pipeline_id: string, options = { example: false }) =>
  call("get_pipeline_status", { pipeline_id, wait_seconds: 600 }, options);

function prepare(): void {
  cpSync(join(root, "examples", "shop", "PRD.md"), join(project, "PRD.md"));
  mkdirSync(join(project, "services", "orders"), { recursive: true });
  writeFileSync(
    join(project, "services", "orders", "app.py"),
    [
      "from fastapi import FastAPI",
      "from fastapi.middleware.cors import CORSMiddleware",
      "import jwt",
      "",
      "app = FastAPI()",
      'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)',
      "",
      '@app.get("/orders")',
      "def orders(token: str):",
      '    claims = jwt.decode(token, options={"verify_signature": False})',
      '    return {"customer": claims["sub"]}',
      "",
    ].join("\n"),
  );
  const contract = (version: string, required: string[]) => ({
    openapi: "3.1.0",
    info: { title: "Billing", version },
    paths: {
      "/invoices": {
        post: {
          operationId: "createInvoice",
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required,
                  properties: { order_id: { type: "string", format: "uuid" }, amount: { type: "number", minimum: 0 } },
                },
              },
            },
          },
          responses: { "201": { description: "Created" } },
        },
      },
    },
  });
  writeFileSync(join(project, "billing.json"), JSON.stringify(contract("1.0.0", ["order_id"])));
  writeFileSync(join(project, "billing-next.json"), JSON.stringify(contract("1.1.0", ["order_id", "amount"])));
  writeFileSync(join(project, "host.yaml"), "architect: { backend: host }\n");
  writeFileSync(join(project, "agents.yaml"), "builder: { backend: host }\n");
}

async function pipelines(): Promise<string> {
  const { pipeline_id: id } = await call("run_pipeline", { prd_path: "PRD.md", depth: "quick" });
  await wait(id, { example: true });
  await call("list_pipelines");
  await call("review_architecture", { decision: "approve", pipeline_id: id });
  await wait(id);
  await call("get_service_map", { pipeline_id: id });
  await call("get_domain_model", { pipeline_id: id, service_name: "orders-service" });
  await call("get_contracts_for_service", { service_name: "orders-service", pipeline_id: id });

  const { pipeline_id: stepwise } = await call("init_pipeline", { prd_path: "PRD.md", depth: "quick" });
  await call("plan_pipeline", { pipeline_id: stepwise });
  await wait(stepwise);
  await call("review_architecture", { decision: "approve", pipeline_id: stepwise });
  await wait(stepwise);
  await call("build_pipeline", { pipeline_id: stepwise, services: ["accounts-service"] });
  await wait(stepwise);
  await call("resume_pipeline", { pipeline_id: stepwise });
  await call("cancel_pipeline", { pipeline_id: stepwise, reason: "The PRD changed." });

  const { pipeline_id: checked } = await call("init_pipeline", { prd_path: "PRD.md", depth: "quick" });
  for (const step of [
    "plan_pipeline",
    "review_architecture",
    "build_pipeline",
    "integrate_pipeline",
    "verify_pipeline",
  ]) {
    await call(step, { ...(step === "review_architecture" && { decision: "approve" }), pipeline_id: checked });
    await wait(checked);
  }
  const { pipeline_id: hosted } = await call("init_pipeline", { prd_path: "PRD.md", config: "host.yaml" });
  await call("plan_pipeline", { pipeline_id: hosted });
  await wait(hosted);
  await call("get_architect_brief", { pipeline_id: hosted });
  const architecture = {
    services: [{ name: "notes-service", description: "Keeps notes." }],
    entities: [
      {
        name: "Note",
        owning_service: "notes-service",
        fields: [
          { name: "id", type: "uuid" },
          { name: "text", type: "string" },
        ],
      },
    ],
    endpoints: [
      { service: "notes-service", method: "GET", path: "/notes", responses: [{ status: 200, body: "[Note]" }] },
    ],
  };
  await call("submit_architecture", { pipeline_id: hosted, architecture });
  await call("cancel_pipeline", { pipeline_id: hosted });
  return id;
}

/** An agent that claims a service, and hands in what the scaffold made of it before. */
async function builders(built: string): Promise<void> {
  await call("get_builder_log", { pipeline_id: built, service: "accounts-service" });
  const { pipeline_id } = await call("init_pipeline", { prd_path: "PRD.md", config: "agents.yaml" });
  await call("plan_pipeline", { pipeline_id });
  await wait(pipeline_id);
  await call("review_architecture", { decision: "approve", pipeline_id });
  await wait(pipeline_id);
  await call("build_pipeline", { pipeline_id, services: ["accounts-service"] });
  const claim = await call("claim_build_task", { pipeline_id, agent: "ada", wait_seconds: 60 });
  const { claim_id, folder } = claim;
  cpSync(join(project, "output", built, "accounts-service"), folder, {
    recursive: true,
    filter: (source) => !source.includes("contracts") && !source.includes("node_modules"),
  });
  await call("report_build_progress", { claim_id, doing: "writing the login route" });
  await call("submit_build_result", { claim_id, summary: "Registers and logs in.", wait_seconds: 120 });
  await call("cancel_pipeline", { pipeline_id });
}

async function quality(): Promise<void> {
  await call("scan_security", { path: "services/orders", limit: 2 });
  await call("run_quality_gate", { path: "services/orders", limit: 2 });
  await call("explain_code", { code: "SEC-001" });
  await call("list_codes", { category: "cors" });
  await call("create_baseline", { path: "services/orders" });
}

async function contracts(): Promise<void> {
  await call("plan_architecture", { prd_path: "PRD.md", output: "plan" });
  await call("check_breaking_changes", { old: "billing.json", new: "billing-next.json" });
  const { id } = await call("register_contract", { service: "billing-service", file: "billing.json" });
  await call("list_contracts", { service: "billing-service" });
  await call("get_contract", { service: "billing-service", operation: "POST /invoices" });
  const request = { service: "billing-service", method: "POST", path: "/invoices", request_body: { amount: -1 } };
  await call("validate_endpoint", { ...request, status_code: 201 });
  await call("generate_tests", { contract_id: id, format: "node", output: "tests/contract" });
  await call("get_unimplemented_contracts", { service: "billing-service" });
  await call("mark_implemented", { contract_id: id, service: "billing-service" });
  const proposed = await call("propose_contract_change", { contract_id: id, file: "billing-next.json" });
  await call("list_contract_changes");
  const request_id = proposed.request?.id ?? proposed.request_id ?? proposed.id;
  await call("decide_contract_change", { request_id, decision: "reject", comment: "Clients cannot know the amount." });
}

async function codebase(pipeline: string): Promise<void> {
  const path = `output/${pipeline}/orders-service`;
  await call("enable_toolset", { toolset: "codebase" });
  await call("index_codebase", { path });
  const source = readdirSync(join(project, path, "src"), { recursive: true })
    .map(String)
    .sort();
  const file_path = `src/${source.find((name) => /store|routes|handlers|app/.test(name) && /\.m?js$/.test(name)) ?? source[0]}`;
  const text = readFileSync(join(project, path, file_path), "utf8");
  const symbol = /export (?:async )?function (\w+)/.exec(text)?.[1] ?? "handler";
  await call("find_definition", { symbol, path });
  await call("find_callers", { symbol, path });
  await call("find_dependencies", { file_path, path });
  await call("search_semantic", { query: "verify a bearer token", path, n_results: 2 });
  await call("get_service_interface", { service_name: "orders-service", path });
  await call("check_dead_code", { path });
  await call("register_artifact", { file_path, path });
}

async function integration(pipeline_id: string): Promise<void> {
  await call("test_contracts", { pipeline_id, max_examples: 5, max_seconds: 60, limit: 2 });
  await call("verify_pacts", { pipeline_id, limit: 2 });
  await call("trace_data_flow", { pipeline_id });
  await call("check_health", { pipeline_id });
  await call("run_cross_service_tests", { pipeline_id, limit: 2 });
  await call("test_boundaries", { pipeline_id, limit: 2 });
  await call("generate_compose", { pipeline_id });
  await call("deploy_services", { pipeline_id });
  await call("get_service_logs", { pipeline_id, service: "orders-service", tail: 20 });
  await call("restart_service", { pipeline_id, service: "orders-service" });
  await call("stop_services", { pipeline_id });
}

try {
  prepare();
  const args = [join(root, "dist", "server.js"), "--workspace", project, "--toolsets", "all"];
  const env = { PATH: process.env.PATH ?? "", HOME: project, DOCKER_HOST: process.env.DOCKER_HOST ?? "" };
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "inherit" }));
  await client.listTools();
  if (only === "quality") await quality();
  else if (only === "contracts") await contracts();
  else {
    const pipeline = await pipelines();
    await builders(pipeline);
    await quality();
    await contracts();
    await codebase(pipeline);
    await integration(pipeline);
  }
} finally {
  await client.close();
  rmSync(project, { recursive: true, force: true, maxRetries: 10 });
}
const all: Examples = { ...(only ? readExamples() : {}), ...examples };
const ordered = TOOLS.flatMap(({ name }) => (all[name] ? [[name, all[name]]] : []));
writeFileSync(
  join(root, "scripts", "docs", "examples.json"),
  `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`,
);
console.log(`${ordered.length} of ${TOOLS.length} tools recorded.`);
