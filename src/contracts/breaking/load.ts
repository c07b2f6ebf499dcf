import { readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { parseDocument } from "yaml";
import { AppError, messageOf } from "../../lib/errors.ts";
import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson, isTooDeep, type Json, MAX_DEPTH, nodesOf } from "../document.ts";

export interface ContractFile {
  /** The document, with the files it refers to taken in under `x-files`. */
  document: Json;
  /** References that were left alone because they lead to the network or out of the file's folder. */
  unread: string[];
}

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 2000;

/**
 * Read a contract in JSON or YAML with the files it refers to, as long as those lie in its own folder or below; the
 * network is never asked. Errors: NOT_FOUND, INVALID_INPUT when a file cannot be read, is too large or is no document.
 */
export function readContractFile(path: string): ContractFile {
  const root = dirname(resolve(path));
  const unread = new Set<string>();
  const files = new Map<string, Json>();
  const main = readDocument(resolve(path));
  const pending = [{ file: resolve(path), document: main }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { file, document } = next;
    const isMain = file === resolve(path);
    for (const node of referring(document)) {
      const reference = String(node.$ref);
      const [address = "", fragment = ""] = reference.split("#", 2);
      const target = address === "" ? file : locate(root, file, address);
      if (target === undefined) unread.add(reference);
      if (target === undefined || (address === "" && isMain)) continue;
      const name = relative(root, target).split(sep).join("/");
      if (target !== resolve(path) && !files.has(name)) {
        if (files.size >= MAX_FILES) throw tooMany(path);
        const read = readDocument(target, reference);
        files.set(name, read);
        pending.push({ file: target, document: read });
      }
      node.$ref =
        target === resolve(path)
          ? `#${fragment}`
          : `#/x-files${encodeURI(pointerPart(name)).replaceAll("#", "%23")}${fragment}`;
    }
  }
  return { document: files.size === 0 ? main : { ...main, "x-files": Object.fromEntries(files) }, unread: [...unread] };
}

/** Objects with a reference, wherever they are; a mapping's values count too, but are left as they are. */
function* referring(document: Json): Generator<Json> {
  const seen = new Set<Json>();
  for (const { node } of nodesOf(document)) {
    if (typeof node.$ref !== "string" || seen.has(node)) continue;
    seen.add(node);
    yield node;
  }
}

function locate(root: string, from: string, address: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]+:/i.test(address) || address.startsWith("//")) return undefined;
  const target = resolve(dirname(from), decode(address));
  return target.startsWith(root + sep) ? target : undefined;
}

function readDocument(file: string, reference?: string): Json {
  const named = reference === undefined ? file : `${file} (from ${reference})`;
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes; more than ${MAX_BYTES} are not read`);
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new AppError(
      missing ? "NOT_FOUND" : "INVALID_INPUT",
      missing ? `There is no file ${named}.` : `${named} cannot be read: ${messageOf(cause)}.`,
      {
        remedy: "Give the path of a contract in JSON or YAML.",
        cause,
      },
    );
  }
  return parseContract(text, named);
}

/** A document from JSON or YAML; `named` says where it is from. Errors: INVALID_INPUT. */
export function parseContract(text: string, named: string): Json {
  const document = parse(text, named);
  if (!isJson(document))
    throw new AppError(
      "INVALID_INPUT",
      `${named} holds no contract: it is ${text.trim() === "" ? "empty" : "no object"}.`,
      {
        remedy: "Give an OpenAPI, AsyncAPI or JSON Schema document.",
      },
    );
  if (isTooDeep(document))
    throw new AppError("INVALID_INPUT", `${named} is nested more than ${MAX_DEPTH} levels deep.`, {
      remedy: "Name the inner schemas and refer to them with $ref.",
    });
  return document;
}

function parse(text: string, named: string): unknown {
  const bare = text.replace(/^\ufeff/, "");
  if (/^\s*\{/.test(bare))
    try {
      return JSON.parse(bare);
    } catch {
      // YAML may begin with a brace as well.
    }
  try {
    const document = parseDocument(bare, { uniqueKeys: false, logLevel: "silent" });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: 1000 });
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `${named} is neither JSON nor YAML: ${messageOf(cause).split("\n")[0]}.`, {
      remedy: "Correct the file at that place.",
      cause,
    });
  }
}

function tooMany(path: string): AppError {
  return new AppError("INVALID_INPUT", `${path} refers to more than ${MAX_FILES} files.`, {
    remedy: "Bundle the contract into one file first.",
  });
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
