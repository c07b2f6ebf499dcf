import { z } from "zod";
import { seconds } from "./fields.ts";

/** How an external MCP server is reached: a command that is started, or an address. */
export const McpServer = z
  .strictObject({
    command: z.string().optional().describe("Program to start as a server over stdio."),
    args: z.array(z.string()).default([]).describe("Its arguments."),
    env: z.record(z.string(), z.string()).default({}).describe(`Its environment; \${NAME} is taken from ours.`),
    cwd: z.string().optional().describe("Its folder; build1_services_dir or the project folder when left out."),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of a server over Streamable HTTP, instead of command."),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe(`Sent to url; \${NAME} is taken from our environment.`),
    startup_timeout: seconds(30).describe("Time for starting and shaking hands."),
    tool_timeout: seconds(60).describe("Time for one answer."),
    retry_delay: z.number().min(0).default(1).describe("Pause before a call is repeated; doubles twice."),
    fallback: z.boolean().default(false).describe("Use the embedded backend when the server cannot be reached."),
  })
  .refine(({ command, url }) => command === undefined || url === undefined, "give command or url, not both")
  .prefault({});
export type McpServer = z.infer<typeof McpServer>;

/** Who plans. */
export const ArchitectConfig = z
  .strictObject({
    backend: z
      .enum(["auto", "builtin", "claude-code", "host", "mcp"])
      .default("auto")
      .describe("Who plans: builtin reads structured PRDs, claude-code costs money, host is the calling agent."),
    model: z.string().default("").describe("Model of claude-code; its own default when empty."),
    max_cost: z.number().positive().default(10).describe("USD that one planning may cost, within budget_limit."),
    max_retries: z.number().int().min(0).default(2).describe("How often a rejected architecture is planned again."),
    timeout: seconds(900).describe("Time for planning."),
    auto_approve: z.boolean().default(false).describe("Go on without a review."),
    mcp: McpServer,
  })
  .prefault({});

/** Who keeps contracts. */
export const ContractsConfig = z
  .strictObject({
    backend: z.enum(["auto", "builtin", "mcp"]).default("auto").describe("Who keeps the contracts."),
    mcp: McpServer,
  })
  .prefault({});

/** Who knows the code. */
export const CodebaseConfig = z
  .strictObject({
    backend: z.enum(["auto", "builtin", "mcp"]).default("auto").describe("Who answers questions about the code."),
    embeddings: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe("OpenAI-compatible address; /embeddings is added to it."),
        model: z.string().min(1).describe("Name of the model."),
        api_key_env: z.string().default("").describe("Environment variable that holds the key; none when empty."),
      })
      .nullable()
      .default(null)
      .describe("Endpoint that ranks search results by meaning; words alone do when it is null."),
    mcp: McpServer,
  })
  .prefault({});
