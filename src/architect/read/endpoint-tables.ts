import { applyAside, applyText } from "./endpoint-details.ts";
import { draft, type EndpointDraft, type Place } from "./endpoint-draft.ts";
import { leadingRoutes, type Route, routes } from "./paths.ts";
import { cell, columnsOf } from "./tables.ts";
import { plain } from "./text.ts";
import { METHODS } from "./topics.ts";
import type { TableBlock } from "./tree.ts";

const METHOD_CELL = new RegExp(`^(?:${METHODS})(?:\\s*[/|,]\\s*(?:${METHODS}))*$`);

/**
 * Endpoints of a table: `Method | Path | …`, a column of "GET /x", or the SVC table (`SVC-001 | … | Endpoint | HTTP method |
 * Request | Response`). Tables about limits, roles or response times only mention endpoints.
 */
export function tableEndpoints(table: TableBlock, place: Place): EndpointDraft[] {
  const columns = columnsOf(table);
  const svc = table.rows.some((row) => /^SVC-\d+/i.test(plain(cell(row, 0))));
  const path = svc
    ? contentColumn(table, /^(?:[A-Z]+\s+)?\//)
    : columns.find(/^(?:api )?(?:endpoint|path|route|url|uri|resource)s?(?: path| pattern)?$/);
  const method = svc ? contentColumn(table, METHOD_CELL) : columns.find(/^(?:http )?(?:methods?|verbs?)$/);
  const mixed = path >= 0 ? path : contentColumn(table, new RegExp(`^(?:${METHODS})\\s+/`));
  if (mixed < 0 || (svc && method < 0)) return [];
  const declared = !columns.header.some((header) =>
    /rate limit|roles? allowed|latency|\bp\d\d\b|target|\bsla\b|expected|weight|rps|ttl/.test(header),
  );
  const service = columns.find(/^(?:micro)?service$|^owner|^owning/);
  const description = columns.find(/^(?:description|purpose|summary|action|notes?|what|function|operation)/);
  const auth = columns.find(/^(?:auth|access|roles?|permissions?|security)/);
  const request = svc ? method + 1 : columns.find(/^(?:request|body|input|payload)/);
  const response = svc ? method + 2 : columns.find(/^(?:response|returns?|output)/, [request]);
  return table.rows.flatMap((row) =>
    rowRoutes(cell(row, mixed), cell(row, method)).map((route) => {
      const owner = service < 0 ? place.owner : (place.document.names.resolve(cell(row, service)) ?? place.owner);
      const made = draft(route, owner, place.section, row.line);
      made.declared = declared;
      applyText(made.endpoint, cell(row, description));
      applyAside(made.endpoint, "request", [line(cell(row, request), row.line)]);
      applyAside(made.endpoint, "response", [line(cell(row, response), row.line)]);
      applyAside(made.endpoint, "auth", [line(cell(row, auth), row.line)]);
      return made;
    }),
  );
}

function line(text: string, at: number) {
  return { kind: "paragraph" as const, lines: text === "" ? [] : [{ text, line: at }] };
}

function rowRoutes(path: string, method: string): Route[] {
  const mixed = leadingRoutes(path);
  if (mixed !== null) return mixed.routes;
  const bare = plain(path).split(/\s/)[0] ?? "";
  if (!bare.startsWith("/") || bare.includes("*")) return [];
  return routes(plain(method).toUpperCase(), bare);
}

/** The column most of whose cells match. */
function contentColumn(table: TableBlock, pattern: RegExp): number {
  return table.header.findIndex((_header, index) => {
    const matching = table.rows.filter((row) => pattern.test(plain(cell(row, index)))).length;
    return matching > 0 && matching >= table.rows.length * 0.5;
  });
}
