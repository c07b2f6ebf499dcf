import { tmpdir } from "node:os";
import { z } from "zod";
import { outputOf } from "../exec.ts";
import { onPath } from "./environment.ts";

const LOOK_MS = 15_000;

/** Whether `claude` says that it has an account; asks nobody, and costs nothing. False when it does not answer. */
export async function isLoggedIn(command: string, env: Record<string, string>): Promise<boolean> {
  try {
    const limits = { cwd: tmpdir(), env, timeoutMs: LOOK_MS, maxBytes: 100_000 };
    const { stdout } = await outputOf(command, ["auth", "status"], limits);
    return z.object({ loggedIn: z.boolean() }).parse(JSON.parse(stdout)).loggedIn;
  } catch {
    return false;
  }
}

/** Why `claude` cannot be what `auto` picks, in the middle of a sentence; "" when it can. It is paid: a budget comes first. */
export async function whyNotClaude(budget_limit: number | null, env: Record<string, string>): Promise<string> {
  if (budget_limit === null) return "no budget_limit is set, and nothing paid starts without one";
  const found = onPath("claude", env.PATH);
  if (found === undefined) return "claude is not on PATH";
  return (await isLoggedIn(found, env)) ? "" : "claude is not logged in";
}
