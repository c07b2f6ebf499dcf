import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { claudeEnvironment, onPath } from "../../src/lib/claude/environment.ts";

/** The real `claude`: CLAUDE_BIN names it, or it is on PATH; undefined when this machine has none. */
export const CLAUDE = process.env.CLAUDE_BIN ?? onPath("claude");

/** A new folder that goes when the running test has ended. */
function temporary(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** For the title of tests that are skipped without it. */
export const NEEDS_CLAUDE = "needs the real claude (CLAUDE_BIN names it; CI installs it)";

/** An environment in which `claude` knows nobody and talks to `url` only: its own home, a dummy key. */
export function isolatedClaude(url: string, over: Record<string, string> = {}): Record<string, string> {
  const home = temporary("so-claude-");
  return {
    ...claudeEnvironment({ PATH: process.env.PATH }),
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, ".claude"),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: "sk-dummy",
    CLAUDE_CODE_MAX_RETRIES: "1",
    ...over,
  };
}

/** A folder to put before PATH in which the real one is called `claude`. */
export function folderWithClaude(binary: string): string {
  const folder = temporary("so-path-");
  symlinkSync(binary, join(folder, "claude"));
  return folder;
}
