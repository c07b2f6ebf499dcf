import { z } from "zod";
import {
  Caller,
  type CodeChunk,
  DeadCode,
  Definition,
  Dependencies,
  ServiceInterface,
  SymbolKind,
} from "../../model/codebase.ts";
import { listOf } from "../../model/remote-answer.ts";
import { languageOf } from "../../source/languages.ts";
import type { PathForm } from "./paths.ts";

const Text = z.string().nullish();
const Line = z.number().int().nullish();
/** File and line under the names that servers use for them. */
const Where = { file: Text, file_path: Text, line: Line, line_start: Line };
const fileOf = ({ file, file_path }: { file?: string | null | undefined; file_path?: string | null | undefined }) =>
  file ?? file_path ?? "";
const lineOf = ({ line, line_start }: { line?: number | null | undefined; line_start?: number | null | undefined }) =>
  line ?? line_start ?? 0;

const Location = z
  .looseObject({
    ...Where,
    symbol: Text,
    kind: SymbolKind.nullish(),
    signature: Text,
    language: Text,
    service_name: Text,
    exported: z.boolean().nullish(),
    is_exported: z.boolean().nullish(),
  })
  .refine((found) => fileOf(found) !== "" && lineOf(found) > 0, "has no file and line");
/** Our own server gives the best one with `others` beside it. */
export const Definitions = z.preprocess(
  (value) => {
    const others = value !== null && typeof value === "object" ? Reflect.get(value, "others") : undefined;
    return Array.isArray(others) ? [value, ...others] : value;
  },
  listOf(z.union([Definition, Location]), "definitions", "results"),
);

/** What the server leaves out is null; the language shows in the file's name. */
export function definitionOf(found: z.infer<typeof Location>, symbol: string, paths: PathForm): Definition {
  const file = paths.in(fileOf(found));
  return {
    symbol: found.symbol ?? symbol,
    file,
    line: lineOf(found),
    kind: found.kind ?? null,
    signature: found.signature ?? "",
    language: found.language ?? languageOf(file) ?? "",
    service_name: found.service_name ?? null,
    exported: found.exported ?? found.is_exported ?? null,
  };
}

const CallSite = z.looseObject({ ...Where, caller_symbol: Text, service_name: Text, resolved_by: Text });
export const Callers = z.preprocess(
  (value) => (value !== null && typeof value === "object" && "callers" in value ? value : { callers: value }),
  z.looseObject({ callers: listOf(CallSite), total: Line, known: z.boolean().nullish() }),
);

export function callerOf(found: z.infer<typeof CallSite>, paths: PathForm): Caller {
  const how = Caller.shape.resolved_by.safeParse(found.resolved_by);
  return {
    file_path: paths.in(fileOf(found)),
    line: lineOf(found),
    caller_symbol: found.caller_symbol ?? "",
    service_name: found.service_name ?? null,
    resolved_by: how.success ? how.data : "remote",
  };
}

const Paths = z.array(z.string()).nullish();
export const RemoteDependencies = z.looseObject({
  imports: z.array(z.string()),
  imported_by: z.array(z.string()),
  transitive_deps: Paths,
  circular_deps: z.array(z.array(z.string())).nullish(),
  packages: Paths,
  service_dependencies: Dependencies.shape.service_dependencies.nullish(),
});

export function dependenciesOf(
  found: z.infer<typeof RemoteDependencies>,
  { file_path, direction = "both" }: { file_path: string; direction?: "imports" | "imported_by" | "both" },
  paths: PathForm,
): Dependencies {
  const inside = (list: string[] | null | undefined) => (list ?? []).map(paths.in);
  const missing = (["transitive_deps", "circular_deps", "packages", "service_dependencies"] as const).filter(
    (name) => found[name] === undefined || found[name] === null,
  );
  return {
    file_path,
    // Build 1 takes a direction and gives both.
    imports: direction === "imported_by" ? [] : inside(found.imports),
    imported_by: direction === "imports" ? [] : inside(found.imported_by),
    transitive_deps: direction === "imported_by" ? [] : inside(found.transitive_deps),
    circular_deps: (found.circular_deps ?? []).map(inside),
    packages: found.packages ?? [],
    service_dependencies: found.service_dependencies ?? [],
    ...(missing.length > 0 ? { not_reported: missing } : {}),
  };
}

const Chunk = z.looseObject({
  chunk_id: Text,
  file_path: z.string(),
  symbol_name: Text,
  content: z.string(),
  score: z.number(),
  language: Text,
  service_name: Text,
  line_start: z.number().int(),
  line_end: z.number().int(),
});
export const Chunks = listOf(Chunk, "chunks", "results");

export function chunkOf(found: z.infer<typeof Chunk>, paths: PathForm): CodeChunk {
  const file_path = paths.in(found.file_path);
  return {
    chunk_id: found.chunk_id ?? `${file_path}:${found.line_start}`,
    file_path,
    symbol_name: found.symbol_name ?? null,
    content: found.content,
    score: Math.min(1, Math.max(0, found.score)),
    language: found.language ?? languageOf(file_path) ?? "",
    service_name: found.service_name ?? null,
    line_start: found.line_start,
    line_end: found.line_end,
  };
}

const Dead = z.looseObject({
  symbol_name: z.string(),
  what: DeadCode.shape.what.default("symbol"),
  file_path: z.string(),
  kind: z.string().default(""),
  line: z.number().int(),
  service_name: Text,
  confidence: DeadCode.shape.confidence,
  reason: Text,
});
export const DeadList = listOf(Dead, "dead", "dead_code", "results");

export function deadOf(found: z.infer<typeof Dead>, paths: PathForm): DeadCode {
  const { symbol_name, what, kind, line, confidence } = found;
  const place = { file_path: paths.in(found.file_path), line, service_name: found.service_name ?? null };
  return { symbol_name, what, kind, confidence, ...place, reason: found.reason ?? "the remote index gives no reason" };
}

const Event = z.union([
  z.string().transform((event) => ({ event, file: null, line: null })),
  z
    .looseObject({ ...Where, event: Text, name: Text, event_name: Text, channel: Text })
    .transform((one) => ({ ...one, event: one.event ?? one.name ?? one.event_name ?? one.channel ?? "" })),
]);
const Exported = z.union([
  z.string(),
  z
    .looseObject({ symbol_name: Text, name: Text, parent_symbol: Text })
    .transform((one) => [one.parent_symbol, one.symbol_name ?? one.name].filter((part) => part).join(".")),
]);
export const RemoteInterface = z.looseObject({
  endpoints: z.array(z.looseObject({ ...Where, method: z.string(), path: z.string(), handler: Text })).default([]),
  events_published: z.array(Event).default([]),
  events_consumed: z.array(Event).default([]),
  http_calls: ServiceInterface.shape.http_calls.nullish(),
  environment: ServiceInterface.shape.environment.nullish(),
  ports: ServiceInterface.shape.ports.nullish(),
  exported_symbols: z.array(Exported).default([]),
});

export function interfaceOf(
  found: z.infer<typeof RemoteInterface>,
  service_name: string,
  paths: PathForm,
): ServiceInterface {
  const place = (one: Parameters<typeof fileOf>[0] & Parameters<typeof lineOf>[0]) => {
    const file = fileOf(one);
    return { file_path: file === "" ? "" : paths.in(file), line: lineOf(one) };
  };
  const missing = (["http_calls", "environment", "ports"] as const).filter(
    (name) => found[name] === undefined || found[name] === null,
  );
  const { endpoints, exported_symbols } = found;
  return {
    service_name,
    endpoints: endpoints.map((one) => ({
      method: one.method,
      path: one.path,
      handler: one.handler ?? "",
      ...place(one),
    })),
    events_published: found.events_published.map((one) => ({ event: one.event, ...place(one) })),
    events_consumed: found.events_consumed.map((one) => ({ event: one.event, ...place(one) })),
    http_calls: found.http_calls ?? [],
    environment: found.environment ?? [],
    ports: found.ports ?? [],
    exported_symbols: exported_symbols.filter((name) => name !== ""),
    ...(missing.length > 0 ? { not_reported: missing } : {}),
  };
}
