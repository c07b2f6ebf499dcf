import { chmodSync, existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../../lib/fs.ts";
import { randomHex } from "../../lib/ids.ts";

/** The variables of a deployment that a Compose file refers to. */
export function newVariables(
  project: string,
  { postgres }: { postgres: boolean },
): Record<string, string> & { JWT_SECRET: string; EVENT_SECRET: string } {
  return {
    COMPOSE_PROJECT_NAME: project,
    JWT_SECRET: randomHex(32),
    EVENT_SECRET: randomHex(32),
    ...(postgres ? { DB_USER: "app", DB_PASSWORD: randomHex(16), DB_NAME: "app" } : {}),
  };
}

/** The variables of an .env file; {} when there is none. Quotes around a value are taken off. */
export function readEnvFile(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const found: Record<string, string> = {};
  for (const line of readFileSync(path, "utf8").split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined) continue;
    found[match[1]] = (match[2] ?? "").replace(/^(['"])(.*)\1$/, "$2");
  }
  return found;
}

/**
 * Add what is missing to an .env file and let nobody else read it (mode 600). What it says already stays as it is.
 * Gives all its variables.
 */
export function completeEnvFile(path: string, wanted: Record<string, string>): Record<string, string> {
  const present = readEnvFile(path);
  const missing = Object.entries(wanted).filter(([name]) => present[name] === undefined);
  const before = existsSync(path)
    ? readFileSync(path, "utf8")
    : "# Secrets of this deployment: keep them out of version control.\n";
  if (missing.length > 0) {
    const lines = missing.map(([name, value]) => `${name}=${value}\n`).join("");
    writeFileAtomic(path, `${before}${before.endsWith("\n") ? "" : "\n"}${lines}`, 0o600);
  }
  chmodSync(path, 0o600);
  return { ...Object.fromEntries(missing), ...present };
}
