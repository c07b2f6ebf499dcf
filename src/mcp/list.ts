import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { inputSchema, type JsonSchema, outputSchema, shortMeaning } from "../lib/zod-schema.ts";
import type { AnyTool } from "../tools/define-tool.ts";

/**
 * A tool as `tools/list` shows it: every client pays for it with each conversation, so it is a thinned view of the full
 * schemas, which calls are still checked against. Draft 2020-12 without `$schema`: the SDK would stamp it draft-07,
 * which some clients refuse for output schemas.
 */
export function describeTool(tool: AnyTool): Tool {
  const known = described.get(tool);
  if (known !== undefined) return known;
  const made: Tool = {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: listedInput(tool),
    outputSchema: { type: "object", ...requiredOf(listedOutput(tool)) },
    annotations: annotationsOf(tool.hints),
  };
  described.set(tool, made);
  return made;
}

/** A tool is never changed, and many connections of one process list the same ones. */
const described = new WeakMap<AnyTool, Tool>();

/** What to give: names, types, choices and what the name does not say. Limits are told when one is passed. */
function listedInput({ input, unlisted = [] }: AnyTool): Tool["inputSchema"] {
  const { properties = {}, required } = inputSchema(input);
  const listed = Object.entries(properties).filter(([name]) => !unlisted.includes(name));
  return {
    type: "object",
    properties: Object.fromEntries(listed.map(([name, schema]) => [name, listedField(schema, meaningOf(input, name))])),
    ...requiredOf(required),
  };
}

/** How many names of an answer are listed: those that say what a tool is good for come first. */
const MAX_OUTPUTS = 2;

/** Names of what comes back. The server's instructions tell of next_step, which nearly every answer has. */
function listedOutput({ output }: AnyTool): string[] {
  return (outputSchema(output).required ?? []).filter((name) => name !== "next_step").slice(0, MAX_OUTPUTS);
}

function meaningOf({ shape }: AnyTool["input"], name: string): string {
  return shortMeaning(name, z.globalRegistry.get(shape[name])?.description ?? "");
}

function listedField(schema: JsonSchema, description: string): JsonSchema {
  const { default: standard, enum: choices } = schema;
  return {
    ...shapeOf(schema),
    // What is on, or another choice than the first; a list's length or a time limit needs no telling.
    ...((standard === true || (choices && standard !== undefined && standard !== choices[0])) && { default: standard }),
    ...(description !== "" && { description }),
  };
}

/** Types and choices, without bounds. */
function shapeOf({ type, enum: choices, items, anyOf }: JsonSchema): JsonSchema {
  return {
    ...(type !== undefined && { type }),
    ...(anyOf && { type: anyOf.flatMap((option) => option.type ?? []) }),
    ...(choices && { enum: choices }),
    ...(items && { items: shapeOf(items) }),
  };
}

function requiredOf(names: string[] | undefined): { required?: string[] } {
  return names && names.length > 0 ? { required: names } : {};
}

/**
 * Either that a tool only reads, or whether it destroys; MCP 2025-11-25, ToolAnnotations: destructiveHint and
 * idempotentHint are meaningful only for tools that do not just read. destructiveHint and openWorldHint are said where
 * true although that is what the protocol assumes, because Claude Code assumes the opposite.
 */
function annotationsOf({ readOnly, destructive, idempotent, openWorld }: AnyTool["hints"]): Tool["annotations"] {
  return {
    ...(readOnly ? { readOnlyHint: true } : { destructiveHint: destructive }),
    ...(!readOnly && idempotent && { idempotentHint: true }),
    ...(openWorld && { openWorldHint: true }),
  };
}
