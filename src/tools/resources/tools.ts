import { AppError } from "../../lib/errors.ts";
import { inputSchema, outputSchema } from "../../lib/zod-schema.ts";
import type { ResourceDefinition } from "../define-resource.ts";
import { TOOLS } from "../index.ts";

const names = () => TOOLS.map(({ name }) => name);

export const toolExplained: ResourceDefinition = {
  name: "tool",
  title: "A tool in full",
  description: "All arguments of one tool with limits and defaults, the seldom used ones too, and what it answers.",
  uri: "orchestrator://tools/{tool}",
  mime: "application/json",
  read: ({ tool = "" }) => {
    const found = TOOLS.find(({ name }) => name === tool);
    if (!found)
      throw new AppError("NOT_FOUND", `There is no tool ${tool}.`, { remedy: `The tools are ${names().join(", ")}.` });
    const { name, toolset, description, input, output } = found;
    return JSON.stringify(
      { name, toolset, description, input: inputSchema(input), output: outputSchema(output) },
      null,
      2,
    );
  },
  complete: { tool: names },
};
