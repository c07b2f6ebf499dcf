import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "../../lib/errors.ts";
import { listFiles } from "../../lib/fs.ts";
import { at, isRecord, text } from "../document.ts";

/** A pact of any version, as it stands in its file. */
export interface Pact {
  consumer: string;
  provider: string;
  interactions: Interaction[];
  /** `generated`, `broker`, or the path of the file. */
  source: string;
  document: Record<string, unknown>;
}

export interface ProviderState {
  name: string;
  params: Record<string, unknown>;
}

/** What every version says of an interaction; `raw` is handed to the verifier as it is. */
export interface Interaction {
  kind: "http" | "message" | "unsupported";
  description: string;
  states: ProviderState[];
  raw: Record<string, unknown>;
}

const FOLDERS = ["pacts", "pact", "contracts/pacts"];
const MAX_BYTES = 8 * 1024 * 1024;

/** The pact files of a service's folder, in the places where people keep them. */
export function pactFilesOf(directory: string): string[] {
  return FOLDERS.flatMap((folder) => jsonFiles(join(directory, folder)));
}

function jsonFiles(folder: string): string[] {
  try {
    return listFiles(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}

/** The pacts of a service's folder that can be read, and why others cannot. */
export function pactsOf(directory: string): { pacts: Pact[]; unreadable: string[] } {
  const pacts: Pact[] = [];
  const unreadable: string[] = [];
  for (const file of pactFilesOf(directory))
    try {
      pacts.push(readPactFile(file));
    } catch (cause) {
      unreadable.push(messageOf(cause));
    }
  return { pacts, unreadable };
}

/** Pacts of a file, or of every `.json` below a folder. Errors: NOT_FOUND, INVALID_INPUT naming the file and what is wrong. */
export function readPacts(path: string): Pact[] {
  const remedy = "Give a pact file (JSON), or a folder with some.";
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw new AppError("NOT_FOUND", `There is no pact at ${path}.`, { remedy, cause });
  }
  const files = isFolder ? jsonFiles(path) : [path];
  if (files.length === 0) throw new AppError("NOT_FOUND", `The folder ${path} holds no pact.`, { remedy });
  return files.map(readPactFile);
}

/** One pact file of specification version 1 to 4. Errors: INVALID_INPUT. */
export function readPactFile(file: string): Pact {
  let document: unknown;
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw notAPact(file, messageOf(cause), cause);
  }
  return pactOf(document, file);
}

/** A parsed document as a pact. Errors: INVALID_INPUT. */
export function pactOf(document: unknown, source: string): Pact {
  const consumer = text(at(document, "consumer", "name"));
  const provider = text(at(document, "provider", "name"));
  if (!isRecord(document) || consumer === undefined || provider === undefined)
    throw notAPact(source, "it names no consumer and provider");
  const given = [...listOf(document.interactions, source), ...listOf(document.messages, source)];
  const interactions = given.map((raw) => interactionOf(raw, document, source));
  return { consumer, provider, interactions, source, document };
}

function listOf(value: unknown, source: string): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isRecord))
    throw notAPact(source, "its interactions are no list of objects");
  return value;
}

function interactionOf(raw: Record<string, unknown>, document: Record<string, unknown>, source: string): Interaction {
  const type = text(raw.type);
  const isMessage = type === "Asynchronous/Messages" || (type === undefined && isMessageOf(raw, document));
  const isHttp = type === "Synchronous/HTTP" || (type === undefined && !isMessage);
  const description = text(raw.description) ?? "";
  if (isHttp && (!isRecord(raw.request) || !isRecord(raw.response)))
    throw notAPact(source, `the interaction "${description}" has no request or no response`);
  return {
    kind: isHttp ? "http" : isMessage ? "message" : "unsupported",
    description,
    states: statesOf(raw),
    raw,
  };
}

function isMessageOf(raw: unknown, { messages }: Record<string, unknown>): boolean {
  return Array.isArray(messages) && messages.includes(raw);
}

/** Version 3 and 4 have a list; before it was one name under one of two keys. */
function statesOf(raw: Record<string, unknown>): ProviderState[] {
  const { providerStates } = raw;
  if (Array.isArray(providerStates))
    return providerStates.flatMap((state) => {
      const name = text(at(state, "name"));
      const params = at(state, "params");
      return name === undefined ? [] : [{ name, params: isRecord(params) ? params : {} }];
    });
  const name = text(providerStates) ?? text(raw.providerState) ?? text(raw.provider_state);
  return name === undefined || name === "" ? [] : [{ name, params: {} }];
}

/** The pact with one of its interactions only: what one run of the verifier gets. */
export function onlyWith({ document }: Pact, { raw }: Interaction): Record<string, unknown> {
  const { interactions: _all, messages: _messages, ...rest } = document;
  return isMessageOf(raw, document) ? { ...rest, messages: [raw] } : { ...rest, interactions: [raw] };
}

function notAPact(source: string, why: string, cause?: unknown): AppError {
  return new AppError("INVALID_INPUT", `${source} is not a pact: ${why}.`, {
    remedy: "Give a JSON file of Pact specification 1 to 4, as Pact libraries write it.",
    cause,
  });
}
