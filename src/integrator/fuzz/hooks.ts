import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError, messageOf } from "../../lib/errors.ts";
import type { Wire } from "./http/client.ts";

export interface HookRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | Buffer | null;
}

export interface HookInfo {
  method: string;
  path: string;
  operation_id: string;
  phase: string;
  kind: string;
}

export interface HookResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a hooks file may export; each may be asynchronous. */
export interface Hooks {
  /** Change a request before it is sent, or give another. */
  beforeRequest?(request: HookRequest, info: HookInfo): unknown;
  /** Judge an answer: a text is what is wrong with it. */
  afterResponse?(response: HookResponse, request: HookRequest, info: HookInfo): unknown;
  /** Leave a case out by giving false. */
  filterCase?(info: HookInfo & { values: unknown }): unknown;
}

const NAMES = ["beforeRequest", "afterResponse", "filterCase"] as const;

/** Load a hooks file (an ES module). Errors: NOT_FOUND, INVALID_INPUT when it cannot be loaded or exports none of the hooks. */
export async function loadHooks(file: string): Promise<Hooks> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new AppError("NOT_FOUND", `There is no hooks file ${file}.`, { remedy: "Check the path." });
  const refuse = (message: string, cause?: unknown) =>
    new AppError("INVALID_INPUT", message, { remedy: `Export functions named ${NAMES.join(", ")} from it.`, cause });
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw refuse(`${file} cannot be loaded: ${messageOf(cause)}.`, cause);
  }
  const hooks: Hooks = {};
  for (const name of NAMES) {
    const hook = loaded[name];
    if (typeof hook === "function") hooks[name] = (...given: unknown[]) => Reflect.apply(hook, undefined, given);
  }
  if (Object.keys(hooks).length === 0) throw refuse(`${file} exports none of the hooks.`);
  return hooks;
}

/** A request as a hook left it. Errors: INVALID_INPUT when the hook throws. */
export async function prepareRequest(hooks: Hooks, wire: Wire, info: HookInfo): Promise<Wire> {
  if (hooks.beforeRequest === undefined) return wire;
  const own: HookRequest = { ...wire, headers: { ...wire.headers } };
  const given = await guarded("beforeRequest", () => hooks.beforeRequest?.(own, info));
  return { ...wire, ...own, ...(given !== null && typeof given === "object" ? given : {}) };
}

/** Run a hook of the user's; what it throws is told as theirs. */
export async function guarded(name: string, run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `The hook ${name} failed: ${messageOf(cause)}.`, {
      remedy: "Correct the hooks file.",
      cause,
    });
  }
}
