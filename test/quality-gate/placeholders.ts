import { createHash } from "node:crypto";
import { checksumOf } from "../../src/quality-gate/rules/secrets/secret-text.ts";

/**
 * Fills in values that have the form of secrets and never were any. The corpus itself holds none, so that no scanner of
 * a hosting platform takes it for a leak:
 * - `{{random:AKIA[A-Z0-9]{16}}}`: characters and classes with an optional count, drawn by chance;
 * - `{{checked:ghp_}}`: a token of GitHub's form with a checksum that fits;
 * - `{{jwt:{"alg":"HS256"}|{"sub":"42"}}}`: a signed token with that header and those claims;
 * - `{{base64:user:word}}`: the text in base64.
 * The same `seed` gives the same values.
 */
export function fillIn(text: string, seed: string): string {
  let count = 0;
  return text.replace(/\{\{(random|checked|jwt|base64):(.*?)\}\}(?!\})/g, (_all, kind: string, argument: string) => {
    count += 1;
    const draw = chance(`${seed} ${count}`);
    if (kind === "random") return drawn(argument, draw);
    if (kind === "base64") return Buffer.from(argument).toString("base64");
    if (kind === "jwt") {
      const parts = argument.split("|").map((part) => Buffer.from(part).toString("base64url"));
      return `${parts.join(".")}.${drawn("[A-Za-z0-9_-]{43}", draw)}`;
    }
    const body = drawn("[A-Za-z0-9]{30}", draw);
    return `${argument}${body}${checksumOf(body)}`;
  });
}

/** Numbers below a limit, always the same for the same seed. */
function chance(seed: string): (limit: number) => number {
  let round = 0;
  return (limit) => {
    round += 1;
    return createHash("sha256").update(`${seed} ${round}`).digest().readUInt32BE(0) % limit;
  };
}

function drawn(pattern: string, draw: (limit: number) => number): string {
  return [...pattern.matchAll(/(?:\[([^\]]+)\]|\\?([^[\]{}\\]))(?:\{(\d+)\})?/g)]
    .map(([, among, single, count]) => {
      const characters = among === undefined ? (single ?? "") : charactersOf(among);
      return Array.from({ length: Number(count ?? 1) }, () => characters[draw(characters.length)]).join("");
    })
    .join("");
}

function charactersOf(among: string): string {
  return among.replace(/(.)-(.)/g, (_all, first: string, last: string) => {
    const begin = first.charCodeAt(0);
    return String.fromCharCode(...Array.from({ length: last.charCodeAt(0) - begin + 1 }, (_, index) => begin + index));
  });
}
