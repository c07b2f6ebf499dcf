import { z } from "zod";

/** Lower-case name of a language, as Build 1 writes it: python, typescript, javascript, go, java; a remote index may know others. */
const LanguageName = z.string();

export const SymbolKind = z.enum(["class", "function", "interface", "type", "enum", "variable", "method"]);
export type SymbolKind = z.infer<typeof SymbolKind>;

/** Where a symbol is defined (specification 8.1 Location; Build 1 `find_definition`). */
export const Definition = z.object({
  symbol: z.string().describe("Name; a method with its class, e.g. OrderService.create."),
  file: z.string().describe("Relative to the project folder, with /."),
  line: z.number().int().describe("From 1."),
  kind: SymbolKind.nullable().describe("null when a remote index does not tell."),
  signature: z.string().describe("Its first line, without the body."),
  language: LanguageName,
  service_name: z.string().nullable(),
  exported: z.boolean().nullable().describe("Visible outside its file; null when not known."),
});
export type Definition = z.infer<typeof Definition>;

/** A place that uses a symbol. */
export const Caller = z.object({
  file_path: z.string(),
  line: z.number().int().describe("From 1."),
  caller_symbol: z.string().describe('The function or method around the call; "" at the top of a file.'),
  service_name: z.string().nullable(),
  resolved_by: z
    .enum(["same_file", "import", "type", "name", "remote"])
    .describe("How the call was tied to the symbol; `name` is a guess by its name alone."),
});
export type Caller = z.infer<typeof Caller>;

/** What a file depends on and what depends on it (Build 1 `find_dependencies`). Paths of the project; packages by name. */
export const Dependencies = z.object({
  file_path: z.string(),
  imports: z.array(z.string()),
  imported_by: z.array(z.string()),
  transitive_deps: z.array(z.string()),
  circular_deps: z.array(z.array(z.string())).describe("Cycles through the file."),
  packages: z.array(z.string()).describe("Imported from outside the project."),
  service_dependencies: z
    .array(
      z.object({
        from_service: z.string(),
        to_service: z.string(),
        via: z.enum(["http", "event", "import"]),
        detail: z.string().describe("The call or the event."),
        file_path: z.string(),
        line: z.number().int(),
      }),
    )
    .describe("How the file's service reaches others, and others it."),
  not_reported: z.array(z.string()).optional().describe("Fields that a remote index does not tell; empty here."),
});
export type Dependencies = z.infer<typeof Dependencies>;

/** A piece of code found by a search (specification 8.1 CodeChunk). */
export const CodeChunk = z.object({
  chunk_id: z.string(),
  file_path: z.string(),
  symbol_name: z.string().nullable(),
  content: z.string(),
  score: z.number().min(0).max(1).describe("1 is the best of this answer."),
  language: LanguageName,
  service_name: z.string().nullable(),
  line_start: z.number().int(),
  line_end: z.number().int(),
});
export type CodeChunk = z.infer<typeof CodeChunk>;

/** A remote index may tell neither: then the file is "" and the line 0. */
const Place = { file_path: z.string(), line: z.number().int() };

/** What a service shows to the others and needs from them, as its code says (specification 8.1 ServiceInterface). */
export const ServiceInterface = z.object({
  service_name: z.string(),
  endpoints: z.array(z.object({ method: z.string(), path: z.string(), handler: z.string(), ...Place })),
  events_published: z.array(z.object({ event: z.string(), ...Place })),
  events_consumed: z.array(z.object({ event: z.string(), ...Place })),
  http_calls: z.array(
    z.object({
      method: z.string().describe('"" when it is not known.'),
      path: z.string(),
      target_service: z.string().nullable(),
      ...Place,
    }),
  ),
  environment: z.array(z.object({ name: z.string(), has_default: z.boolean(), ...Place })),
  ports: z.array(z.number().int()),
  exported_symbols: z.array(z.string()),
  not_reported: z.array(z.string()).optional().describe("Fields that a remote index does not tell; empty here."),
});
export type ServiceInterface = z.infer<typeof ServiceInterface>;

/** Code that seems to serve nobody (specification 8.1 DeadCode). */
export const DeadCode = z.object({
  symbol_name: z.string().describe("The symbol, route (GET /x) or event."),
  what: z.enum(["symbol", "route", "event"]),
  file_path: z.string(),
  kind: z.string(),
  line: z.number().int(),
  service_name: z.string().nullable(),
  confidence: z.enum(["high", "medium", "low"]),
  reason: z.string(),
});
export type DeadCode = z.infer<typeof DeadCode>;

/** What indexing did. */
export const IndexReport = z.object({
  files: z.number().int().describe("Files the index knows now."),
  files_read: z.number().int().describe("Read again because they are new or changed."),
  files_removed: z.number().int(),
  lines: z.number().int(),
  symbols: z.number().int(),
  skipped: z.record(z.string(), z.number().int()).describe("Passed over, by reason."),
  unparsed: z.array(z.string()).describe("Files whose syntax could not be read; at most 50."),
  duration_ms: z.number(),
});
export type IndexReport = z.infer<typeof IndexReport>;

/** What registering one file did (Build 1 `register_artifact`). */
export const ArtifactReport = z.object({
  indexed: z.boolean(),
  /** null when a remote index does not tell. */
  symbols_found: z.number().int().nullable(),
  dependencies_found: z.number().int().nullable(),
  errors: z.array(z.string()),
});
export type ArtifactReport = z.infer<typeof ArtifactReport>;
