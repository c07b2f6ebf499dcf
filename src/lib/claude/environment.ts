import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { baseEnvironment } from "../exec.ts";

/** What leads to an account or a network. */
const KEPT =
  /^(?:ANTHROPIC_|AWS_|GOOGLE_|GCLOUD_|CLOUD_ML_|VERTEX_|XDG_|CLAUDE_CONFIG_DIR$|NODE_EXTRA_CA_CERTS$|SSL_CERT_|(?:HTTPS?|NO|ALL)_PROXY$)/i;
/** The session variables of a calling Claude Code stay out (a nested one would refuse to start); these are credentials. */
const CREDENTIALS = /^CLAUDE_CODE_(?:OAUTH_TOKEN|USE_BEDROCK|USE_VERTEX|USE_FOUNDRY)$/;

/** The environment of a headless `claude`: its account and network, nothing of a session that may have started us. */
export function claudeEnvironment(own: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (KEPT.test(entry[0]) || CREDENTIALS.test(entry[0])),
  );
  return baseEnvironment({
    ...Object.fromEntries(kept),
    DISABLE_AUTOUPDATER: "1",
    // Titles, tips and telemetry: requests that nobody here has a use for, some of them paid.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    // Its own ten tries take minutes: a login that is refused should be told at once.
    CLAUDE_CODE_MAX_RETRIES: "3",
  });
}

/** The file that a command name means on PATH, or undefined when there is none that may be run. */
export function onPath(command: string, path = process.env.PATH ?? ""): string | undefined {
  const endings = process.platform === "win32" ? [".cmd", ".exe", ""] : [""];
  const places = path.split(delimiter).flatMap((folder) => endings.map((ending) => join(folder, command + ending)));
  return places.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
