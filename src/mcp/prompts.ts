import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  McpError,
} from "@modelcontextprotocol/sdk/types.js";
import { nearest } from "../lib/nearest.ts";
import type { PromptDefinition, ResourceDefinition } from "../tools/define-resource.ts";
import type { ToolCall } from "../tools/define-tool.ts";

type Context = ToolCall["ctx"];

/** A client shows at most so many (MCP 2025-11-25, completion). */
const MAX_VALUES = 100;

/** Serve prompts, and completion for their arguments and for the variables of resource templates. */
export function servePrompts(
  server: Server,
  prompts: readonly PromptDefinition[],
  resources: readonly ResourceDefinition[],
  context: () => Promise<Context>,
): void {
  const promptOf = (name: string): PromptDefinition => {
    const found = prompts.find((prompt) => prompt.name === name);
    if (found !== undefined) return found;
    const meant = nearest(
      name,
      prompts.map((prompt) => prompt.name),
    );
    throw new McpError(ErrorCode.InvalidParams, `Unknown prompt "${name}".${meant ? ` Did you mean ${meant}?` : ""}`);
  };

  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: prompts.map(({ name, title, description, arguments: given }) => ({
      name,
      title,
      description,
      arguments: given.map(({ complete: _complete, ...argument }) => argument),
    })),
  }));

  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = promptOf(params.name);
    const given = Object.fromEntries(Object.entries(params.arguments ?? {}).filter(([, value]) => value.trim() !== ""));
    const unknown = Object.keys(given).find((name) => !prompt.arguments.some((one) => one.name === name));
    if (unknown !== undefined)
      throw new McpError(ErrorCode.InvalidParams, `Prompt ${prompt.name} takes no argument ${unknown}.`);
    const missing = prompt.arguments.find(({ name, required }) => required && given[name] === undefined);
    if (missing !== undefined)
      throw new McpError(
        ErrorCode.InvalidParams,
        `Prompt ${prompt.name} needs ${missing.name}: ${missing.description}`,
      );
    return {
      description: prompt.description,
      messages: [{ role: "user" as const, content: { type: "text" as const, text: prompt.text(given) } }],
    };
  });

  server.setRequestHandler(CompleteRequestSchema, async ({ params }) => {
    const { ref, argument } = params;
    const before = params.context?.arguments ?? {};
    const values =
      ref.type === "ref/prompt"
        ? await promptOf(ref.name)
            .arguments.find(({ name }) => name === argument.name)
            ?.complete?.(await context())
        : await resources.find(({ uri }) => uri === ref.uri)?.complete?.[argument.name]?.(await context(), before);
    const wanted = argument.value.toLowerCase();
    const fitting = (values ?? []).filter((value) => value.toLowerCase().startsWith(wanted));
    return {
      completion: { values: fitting.slice(0, MAX_VALUES), total: fitting.length, hasMore: fitting.length > MAX_VALUES },
    };
  });
}
