import { isMap, isScalar, type LineCounter, type ParsedNode } from "yaml";
import type { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";

/** Where faults are looked up. */
interface Place {
  root: ParsedNode | null;
  lines: LineCounter;
  known: unknown;
}

/** Whether it is a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Errors of a file as one. */
export function invalid(path: string, problems: string[]): AppError {
  return new AppError("CONFIG_INVALID", `${path}: ${problems.join("; ")}.`, {
    remedy: "Correct those lines; docs/config.md lists every key with its default.",
    details: { problems },
  });
}

/** Faults of a value, with their lines; `known` is a value with every key. */
export function faults(issue: z.core.$ZodIssue, { root, lines, known }: Place): string[] {
  const at = (path: PropertyKey[]) => {
    const offset = offsetOf(root, path);
    return offset === undefined ? "" : `line ${lines.linePos(offset).line}: `;
  };
  if (issue.code !== "unrecognized_keys")
    return [`${at(issue.path)}${issue.path.join(".") || "file"}: ${issue.message}`];
  return issue.keys.map((key) => {
    const meant = nearest(key, keysAt(known, issue.path));
    return `${at([...issue.path, key])}unknown key ${[...issue.path, key].join(".")}${meant ? ` (did you mean ${meant}?)` : ""}`;
  });
}

function keysAt(known: unknown, path: PropertyKey[]): string[] {
  const value = path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[String(key)] : undefined), known);
  return isRecord(value) ? Object.keys(value) : [];
}

/** Where in the text the node at `path` begins: its key when it has one. */
function offsetOf(root: ParsedNode | null, path: PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset = root?.range[0];
  for (const key of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (!pair) return offset;
    if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
    node = pair.value;
  }
  return offset;
}
