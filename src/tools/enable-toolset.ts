import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { defineTool, TOOLSETS } from "./define-tool.ts";

export const enableToolset = defineTool({
  name: "enable_toolset",
  title: "Enable a toolset",
  toolset: "pipeline",
  description:
    "Add tools to this connection: architect, contracts, codebase (search), builder (build services yourself), integration (test, deploy).",
  input: z.object({ toolset: z.enum(TOOLSETS).describe("Toolset.") }),
  output: z.object({
    tools: z.array(z.string()).describe("Names of the toolset's tools."),
    enabled: z.array(z.enum(TOOLSETS)).describe("All toolsets served now."),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "enable-toolset", arguments: ["toolset"] },
  run: async ({ toolset }, { toolsets }) => {
    const tools = (await toolsets?.enable(toolset)) ?? [];
    if (tools.length === 0)
      throw new AppError("NOT_FOUND", `This server has no tools in ${toolset}.`, {
        remedy: "It may serve tools that only read (--read-only). Choose another toolset.",
      });
    return {
      tools,
      enabled: toolsets?.enabled() ?? [],
      next_step: "Call them; if your client does not show them, it reads the list of tools only when it connects.",
    };
  },
  text: ({ tools }) => `Enabled: ${tools.join(", ")}`,
});
