import { resolve } from "node:path";
import { z } from "zod";
import type { CodebaseIntelligence } from "../codebase/port.ts";
import { loadConfig } from "../config.ts";
import { AppError } from "../lib/errors.ts";
import type { ToolCall } from "./define-tool.ts";
import { firstOf } from "./short.ts";

/** The folder a question is about. */
export const folder = z.string().default(".").describe("Path; folder, from the project folder.");
export const language = z.string().optional().describe("Language; e.g. python.");
/** The specification says `service`, the real servers `service_name`: either will do. */
export const serviceFields = {
  service_name: z.string().optional().describe("Service name; only this one."),
  service: z.string().optional().describe("As service_name."),
};
export const cursor = z.string().optional().describe("Cursor; from next_cursor.");
export const nextCursor = z.string().nullable();

/** Who knows the code of a folder. Errors: those of the configuration and of the folder. */
export function codebaseOf({ ctx }: ToolCall, path: string): Promise<CodebaseIntelligence> {
  return ctx.codebaseFor(loadConfig(ctx.workspace), resolve(ctx.workspace, path));
}

/** Errors: INVALID_INPUT when both names of the field say something different. */
export function serviceOf(given: {
  service_name?: string | undefined;
  service?: string | undefined;
}): string | undefined {
  const { service_name, service } = given;
  if (service_name !== undefined && service !== undefined && service_name !== service)
    throw new AppError("INVALID_INPUT", `service_name is ${service_name} and service is ${service}.`, {
      remedy: "They are two names of one field: give one of them.",
    });
  return service_name ?? service;
}

/** Part of a list, from a cursor that an earlier answer gave. Errors: INVALID_INPUT. */
export function pageFrom<One>(
  all: readonly One[],
  limit: number | undefined,
  from: string | undefined,
): { page: One[]; next_cursor: string | null } {
  if (from !== undefined && !/^\d{1,9}$/.test(from))
    throw new AppError("INVALID_INPUT", `${from} is not a cursor.`, {
      remedy: "Pass the next_cursor of the answer before, or leave it out for the first page.",
    });
  const begin = Number(from ?? 0);
  const page = firstOf(all.slice(begin), limit);
  const end = begin + page.length;
  return { page, next_cursor: page.length > 0 && end < all.length ? String(end) : null };
}
