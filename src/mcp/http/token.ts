import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../lib/errors.ts";

/**
 * The bearer token in a file, made at the first start with mode 600. `made` tells whether it is new: only then is it
 * shown to anybody. Errors: CONFIG_INVALID when the file holds no token.
 */
export function tokenFrom(file: string): { token: string; made: boolean } {
  if (existsSync(file)) {
    const token = readFileSync(file, "utf8").trim();
    if (token.length >= 16 && !/\s/.test(token)) return { token, made: false };
    throw new AppError("CONFIG_INVALID", `${file} holds no token of at least 16 characters.`, {
      remedy: "Remove the file to have a new token made, or write one into it.",
    });
  }
  const token = randomBytes(32).toString("base64url");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  return { token, made: true };
}
