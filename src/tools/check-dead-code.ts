import { z } from "zod";
import { DeadCode } from "../model/codebase.ts";
import { codebaseOf, cursor, folder, nextCursor, pageFrom, serviceFields, serviceOf } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";
import { limitField } from "./short.ts";

const CONFIDENCES = ["high", "medium", "low"] as const;

export const checkDeadCode = defineTool({
  name: "check_dead_code",
  title: "Dead code",
  toolset: "codebase",
  description: "Functions and classes nobody uses, routes nobody calls, events nobody consumes, with confidence.",
  input: z.object({
    ...serviceFields,
    min_confidence: z.enum(CONFIDENCES).default("medium").describe("Min confidence; leave out what is less sure."),
    path: folder,
    limit: limitField("Limit; page size", 500),
    cursor,
  }),
  output: z.object({
    dead: z.array(DeadCode).describe("The surest first."),
    total: z.number().int(),
    less_sure: z.number().int().describe("Left out by min_confidence."),
    next_cursor: nextCursor,
    next_step: z.string(),
  }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service", "limit", "min_confidence"],
  cli: { command: "dead-code", arguments: ["service_name"] },
  run: async ({ min_confidence, path, limit, cursor: from, ...given }, call) => {
    const codebase = await codebaseOf(call, path);
    const service_name = serviceOf(given);
    const all = await codebase.checkDeadCode({
      signal: call.signal,
      ...(service_name !== undefined && { service_name }),
    });
    const least = CONFIDENCES.indexOf(min_confidence);
    const dead = all.filter(({ confidence }) => CONFIDENCES.indexOf(confidence) <= least);
    const { page, next_cursor } = pageFrom(dead, limit, from);
    return {
      dead: page,
      total: dead.length,
      less_sure: all.length - dead.length,
      next_cursor,
      next_step:
        dead.length > 0
          ? "Look at each before you remove it: what is called by its name, or from outside the folder, is not seen."
          : "Nothing seems to be dead.",
    };
  },
  text: ({ dead, total, less_sure, next_cursor }) =>
    [
      ...dead.map(
        (one) => `${one.file_path}:${one.line} ${one.confidence} ${one.kind} ${one.symbol_name}: ${one.reason}`,
      ),
      `${total} found${less_sure > 0 ? `, ${less_sure} less sure left out` : ""}`,
      ...(next_cursor === null ? [] : [`More: cursor ${next_cursor}`]),
    ].join("\n"),
});
