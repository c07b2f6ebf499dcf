import { readFileSync, statSync } from "node:fs";
import { AppError, messageOf } from "../lib/errors.ts";
import { MIN_PRD_LENGTH } from "./machine.ts";

/** The largest PRD that is read, in bytes. */
const MAX_PRD_BYTES = 10_000_000;

/** Read a PRD file as text. Errors: NOT_FOUND, PRD_UNREADABLE (see `assertReadable`). */
export function readPrd(path: string): string {
  let bytes: Buffer;
  try {
    if (statSync(path).size > MAX_PRD_BYTES) throw unreadable(`${path} is larger than ${MAX_PRD_BYTES / 1e6} MB`);
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("NOT_FOUND", `The PRD cannot be read: ${messageOf(cause)}.`, {
      remedy: "Give the path of a Markdown file.",
      cause,
    });
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    assertReadable(text, path);
    return text;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unreadable(`${path} is not UTF-8 text`);
  }
}

/** What any architect needs (specification 5.3): text, long enough to name services. Errors: PRD_UNREADABLE. */
export function assertReadable(prd: string, name = "The PRD"): void {
  if (prd.includes("\0")) throw unreadable(`${name} is binary`);
  const length = prd.trim().length;
  if (length === 0) throw unreadable(`${name} is empty`);
  if (length <= MIN_PRD_LENGTH)
    throw unreadable(`${name} has ${length} characters; more than ${MIN_PRD_LENGTH} are needed to name services`);
}

function unreadable(what: string): AppError {
  return new AppError("PRD_UNREADABLE", `${what}.`, {
    remedy:
      "Give a PRD in Markdown that names its services, their entities, endpoints and events; examples/shop/PRD.md is one.",
  });
}

/** The name of the product: what its first heading says, without "PRD:" and the like; "" when it has none. */
export function titleOf(prd: string): string {
  const heading = /^#\s+(.{1,200})$/m.exec(prd)?.[1] ?? /^Project Name:\s*(.{1,200})$/im.exec(prd)?.[1] ?? "";
  return heading
    .replace(/^(?:project|prd|product requirements(?: document)?)\s*[:\-–—]\s*/i, "")
    .replace(/\s*[:\-–—|(]\s*(?:prd|product requirements.*)\)?$/i, "")
    .replace(/[*_`#]/g, "")
    .trim();
}
