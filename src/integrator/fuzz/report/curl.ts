import type { Wire } from "../http/client.ts";

const LONGEST_BODY = 4000;

/**
 * A request as a POSIX shell line. Values of secret headers are variables: whoever runs it has the secret. A body too
 * long for a command line is cut and says so.
 */
export function curlOf(base: string, wire: Wire, secret: ReadonlySet<string>): string {
  const parts = ["curl -i", wire.method === "HEAD" ? "--head" : `-X ${wire.method}`, quoted(base + wire.target)];
  for (const [name, value] of Object.entries(wire.headers)) {
    if (secret.has(name.toLowerCase())) parts.push(`-H "${name}: $${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}"`);
    else if (name !== "accept") parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (wire.body !== null) {
    const body = wire.body.toString("utf8");
    const shown = body.length > LONGEST_BODY ? `${body.slice(0, LONGEST_BODY)}…(${body.length} characters)` : body;
    parts.push(`--data-raw ${quoted(shown)}`);
  }
  return parts.join(" ");
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
