import { setTimeout as sleep } from "node:timers/promises";
import {
  CallToolRequestSchema,
  type CallToolResult,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  type GetPromptResult,
  ListPromptsRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerResult,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { AppError } from "../../../src/lib/errors.ts";
import { type CallExtra, CheckedServer } from "../../../src/mcp/checked-server.ts";
import type { PromptDefinition, ResourceDefinition } from "../../../src/tools/define-resource.ts";
import { type AnyTool, defineTool } from "../../../src/tools/define-tool.ts";

/** One pixel, and a moment of silence. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

const hints = { readOnly: true, destructive: false, idempotent: true, openWorld: false };
const Said = z.object({ said: z.string() });
const text = ({ said }: z.output<typeof Said>) => said;
const plain = { title: "Fixture", toolset: "quality", hints, output: Said, text } as const;
const fixture = (name: string, run: Parameters<typeof defineTool<z.ZodObject, typeof Said>>[0]["run"], input = {}) =>
  defineTool({
    ...plain,
    name,
    description: "What the conformance suite calls.",
    input: z.object(input),
    cli: { command: name.replaceAll("_", "-"), arguments: [] },
    run,
  });

/** What our own tools can do, done with our own definitions: the suite then tests the production code. */
export const TOOLS: AnyTool[] = [
  fixture("test_simple_text", async () => ({ said: "This is a simple text response for testing." })),
  fixture("test_error_handling", async () => {
    throw new AppError("NOT_FOUND", "This tool intentionally returns an error for testing", { remedy: "None." });
  }),
  fixture("test_tool_with_logging", async (_input, { tell }) => {
    for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      tell?.("info", message);
      await sleep(50);
    }
    return { said: "logged" };
  }),
  fixture("test_tool_with_progress", async (_input, { progress }) => {
    for (const done of [0, 50, 100]) {
      progress("step", done, 100);
      await sleep(60);
    }
    return { said: "done" };
  }),
  fixture(
    "test_elicitation",
    async ({ message }, { ask }) => {
      const form = z.object({ username: z.string().describe("User's response"), email: z.string().describe("Email") });
      return { said: `User response: ${JSON.stringify(await ask?.(String(message), form))}` };
    },
    { message: z.string() },
  ),
  fixture("test_elicitation_sep1034_defaults", async (_input, { ask }) => {
    const form = z.object({
      name: z.string().default("John Doe"),
      age: z.int().default(30),
      score: z.number().default(95.5),
      status: z.enum(["active", "inactive", "pending"]).default("active"),
      verified: z.boolean().default(true),
    });
    return { said: `Elicitation completed: ${JSON.stringify(await ask?.("Confirm", form))}` };
  }),
];

export const RESOURCES: ResourceDefinition[] = [
  resource("test://static-text", "text/plain", () => "This is the content of the static text resource."),
  resource("test://static-binary", "image/png", () => PNG),
  resource("test://watched-resource", "text/plain", () => "watched"),
  resource("test://template/{id}/data", "application/json", ({ id }) =>
    JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  ),
];

function resource(uri: string, mime: string, read: ResourceDefinition["read"]): ResourceDefinition {
  return { name: uri, title: uri, description: "What the conformance suite reads.", uri, mime, read };
}

const argument = (name: string) => ({ name, description: "Any text.", required: true });
export const PROMPTS: PromptDefinition[] = [
  prompt("test_simple_prompt", [], () => "This is a simple prompt for testing."),
  prompt(
    "test_prompt_with_arguments",
    [{ ...argument("arg1"), complete: () => ["test", "testing"] }, argument("arg2")],
    ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
  ),
];

function prompt(name: string, given: PromptDefinition["arguments"], said: PromptDefinition["text"]): PromptDefinition {
  return { name, title: name, description: "What the conformance suite gets.", arguments: given, text: said };
}

const titled = (...values: string[]) => values.map((value) => ({ const: value, title: value.toUpperCase() }));
const choices = ["option1", "option2", "option3"];

/** What no tool of ours does: media, sampling, a stream closed while a call runs, schemas of others. */
const FOREIGN_TOOLS: Record<string, (given: Record<string, unknown>, extra: CallExtra) => Promise<CallToolResult>> = {
  test_image_content: async () => ({ content: [{ type: "image", data: PNG, mimeType: "image/png" }] }),
  test_audio_content: async () => ({ content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] }),
  test_embedded_resource: async () => ({ content: [embedded("test://embedded-resource")] }),
  test_multiple_content_types: async () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: PNG, mimeType: "image/png" },
      embedded("test://mixed-content-resource"),
    ],
  }),
  test_sampling: async ({ prompt: asked }, { sendRequest }) => {
    const messages = [{ role: "user" as const, content: { type: "text" as const, text: String(asked) } }];
    const params = { messages, maxTokens: 100 };
    const answer = await sendRequest({ method: "sampling/createMessage", params }, CreateMessageResultSchema);
    return { content: [{ type: "text", text: `LLM response: ${JSON.stringify(answer.content)}` }] };
  },
  test_elicitation_sep1330_enums: async (_given, { sendRequest }) => {
    const requestedSchema = {
      type: "object" as const,
      properties: {
        untitledSingle: { type: "string" as const, enum: choices },
        titledSingle: { type: "string" as const, oneOf: titled("value1", "value2") },
        legacyEnum: { type: "string" as const, enum: ["opt1", "opt2"], enumNames: ["Option One", "Option Two"] },
        untitledMulti: { type: "array" as const, items: { type: "string" as const, enum: choices } },
        titledMulti: { type: "array" as const, items: { anyOf: titled("value1", "value2") } },
      },
    };
    const params = { mode: "form" as const, message: "Choose", requestedSchema };
    const answer = await sendRequest({ method: "elicitation/create", params }, ElicitResultSchema);
    return { content: [{ type: "text", text: `Elicitation completed: ${JSON.stringify(answer)}` }] };
  },
  test_reconnection: async (_given, { closeSSEStream }) => {
    await sleep(50);
    closeSSEStream?.();
    await sleep(100);
    return { content: [{ type: "text", text: "Reconnection test completed successfully" }] };
  },
  json_schema_2020_12_tool: async () => ({ content: [{ type: "text", text: "none" }] }),
};

const FOREIGN_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: { address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
  additionalProperties: false,
};

const FOREIGN_PROMPTS: Record<string, (given: Record<string, string>) => GetPromptResult> = {
  test_prompt_with_embedded_resource: ({ resourceUri = "" }) => ({
    messages: [
      { role: "user", content: embedded(resourceUri) },
      { role: "user", content: { type: "text", text: "Please process the embedded resource above." } },
    ],
  }),
  test_prompt_with_image: () => ({
    messages: [{ role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } }],
  }),
};

function embedded(uri: string) {
  return { type: "resource" as const, resource: { uri, mimeType: "text/plain", text: "Embedded resource content." } };
}

/** The production server with what the suite wants beyond it; everything else goes to the production handlers. */
export class ConformanceServer extends CheckedServer {
  override setRequestHandler: CheckedServer["setRequestHandler"] = (schema, handler) => {
    super.setRequestHandler(schema, async (request, extra): Promise<ServerResult> => {
      const production = async () => (await handler(request, extra)) as ServerResult;
      const call = CallToolRequestSchema.safeParse(request);
      const foreign = call.success ? FOREIGN_TOOLS[call.data.params.name] : undefined;
      if (call.success && foreign) return foreign(call.data.params.arguments ?? {}, extra);
      const get = GetPromptRequestSchema.safeParse(request);
      const asked = get.success ? FOREIGN_PROMPTS[get.data.params.name] : undefined;
      if (get.success && asked) return asked(get.data.params.arguments ?? {});
      const answer = await production();
      if (ListToolsRequestSchema.safeParse(request).success && "tools" in answer)
        return { tools: [...z.array(z.any()).parse(answer.tools), ...Object.keys(FOREIGN_TOOLS).map(listed)] };
      if (ListPromptsRequestSchema.safeParse(request).success && "prompts" in answer)
        return { prompts: [...z.array(z.any()).parse(answer.prompts), ...Object.keys(FOREIGN_PROMPTS).map(named)] };
      const read = ReadResourceRequestSchema.safeParse(request);
      if (read.success && read.data.params.uri === "test://static-binary")
        return { contents: [{ uri: read.data.params.uri, mimeType: "image/png", blob: PNG }] };
      return answer;
    });
  };
}

function listed(name: string) {
  const inputSchema = name.startsWith("json_schema") ? FOREIGN_SCHEMA : { type: "object" as const };
  return { name, description: "What the conformance suite calls.", inputSchema };
}

function named(name: string) {
  return { name, description: "What the conformance suite gets." };
}
