import type { TraceHop } from "../../model/trace-report.ts";
import { type Caused, type Evidence, isHealthSpan, ownSpans } from "./evidence.ts";
import { contextOf, eventOf, nameOf, traceOf } from "./exchange.ts";
import type { Span } from "./span.ts";

interface Node {
  hop: Omit<TraceHop, "depth" | "start_ms"> & { start_ms: number | null };
  parent: Node | undefined;
}

/** The hops of a trace as a tree, in its order: recorded exchanges, spans that no exchange explains, and logs. */
export function hopsOf(evidence: Evidence, caused: readonly Caused[], stray: readonly Span[]): TraceHop[] {
  const nodes: Node[] = [];
  const byExchange = new Map<Caused, Node>();
  for (const one of caused) {
    const { exchange, cause, breaks } = one;
    const node: Node = {
      hop: {
        service: exchange.to,
        name: nameOf(exchange),
        kind: eventOf(exchange) === undefined ? "request" : "event",
        source: "recorded",
        start_ms: exchange.start_ms,
        duration_ms: round(exchange.duration_ms),
        status: exchange.status,
        traced: !breaks && traceOf(exchange) === evidence.trace_id,
      },
      parent: cause === undefined ? undefined : byExchange.get(cause),
    };
    byExchange.set(one, node);
    nodes.push(node);
  }
  addSpans(evidence, byExchange, nodes);
  for (const span of stray)
    if (!isHealthSpan(span)) nodes.push(nodeOf(span, latestBefore(nodes, span.start_ms), false));
  addLogs(evidence, nodes);
  return flattened(nodes);
}

function addSpans(evidence: Evidence, byExchange: ReadonlyMap<Caused, Node>, nodes: Node[]): void {
  const spans = ownSpans(evidence).sort((a, b) => a.start_ms - b.start_ms);
  const byId = new Map(spans.map((span) => [span.span_id, span]));
  const owners = new Map<string, Node>();
  const open = new Map([...byExchange].map(([{ exchange }, node]) => [node, exchange]));
  const owner = (id: string): Node | undefined => {
    const seen = new Set<string>();
    for (let at = id; at !== "" && !seen.has(at); at = byId.get(at)?.parent_span_id ?? "") {
      seen.add(at);
      const known = owners.get(at);
      if (known !== undefined) return known;
    }
    return undefined;
  };
  for (const span of spans.filter(isEntry)) {
    const explained = [...open].find(
      ([{ hop }, exchange]) => hop.service === span.service && contextOf(exchange)?.span_id === span.parent_span_id,
    );
    if (explained) {
      open.delete(explained[0]);
      owners.set(span.span_id, explained[0]);
    }
  }
  for (const span of spans.filter((one) => isEntry(one) && !owners.has(one.span_id))) {
    const sender = [...byExchange.values()].find((node) => node.hop.service === byId.get(span.parent_span_id)?.service);
    const node = nodeOf(span, owner(span.parent_span_id) ?? sender ?? nodes[0], true);
    owners.set(span.span_id, node);
    nodes.push(node);
  }
  const answered = new Set([
    ...spans.filter(isEntry).map(({ parent_span_id }) => parent_span_id),
    ...[...byExchange.keys()].map(({ exchange }) => contextOf(exchange)?.span_id ?? ""),
  ]);
  for (const span of spans)
    if ((span.kind === "client" || span.kind === "producer") && !answered.has(span.span_id))
      nodes.push(nodeOf(span, owner(span.parent_span_id), true));
}

/** Whether a span is a service's part in the trace, not a detail inside of it. */
function isEntry({ kind, parent_span_id }: Span): boolean {
  return kind === "server" || kind === "consumer" || parent_span_id === "";
}

function nodeOf(span: Span, parent: Node | undefined, traced: boolean): Node {
  const status = Number(span.attributes.get("http.response.status_code") ?? span.attributes.get("http.status_code"));
  const kind = span.kind === "server" ? "request" : span.kind === "consumer" ? "event" : "work";
  return {
    hop: {
      service: span.service,
      name: span.name,
      kind,
      source: "span",
      start_ms: span.start_ms,
      duration_ms: round(span.duration_ms),
      status: Number.isInteger(status) ? status : null,
      traced,
    },
    parent,
  };
}

function latestBefore(nodes: readonly Node[], time: number): Node | undefined {
  const before = nodes.filter(({ hop }) => hop.traced && hop.start_ms !== null && hop.start_ms <= time);
  return before.sort((a, b) => (a.hop.start_ms ?? 0) - (b.hop.start_ms ?? 0)).at(-1) ?? nodes[0];
}

/** Services of which nothing but log lines is known. */
function addLogs({ logs }: Evidence, nodes: Node[]): void {
  const known = new Set(nodes.map(({ hop }) => hop.service));
  const root = nodes[0];
  for (const { service, method, path, message, time_ms, duration_ms, status } of logs) {
    if (known.has(service)) continue;
    known.add(service);
    const name = method === "" ? message : `${method} ${path}`;
    const start_ms = time_ms === null ? null : time_ms - (duration_ms ?? 0);
    nodes.push({
      hop: { service, name, kind: "work", source: "log", start_ms, duration_ms, status, traced: true },
      parent: root,
    });
  }
}

function flattened(nodes: readonly Node[]): TraceHop[] {
  const begin = Math.min(...nodes.flatMap(({ hop }) => hop.start_ms ?? []));
  const children = grouped(nodes);
  const found: TraceHop[] = [];
  const visit = (parent: Node | undefined, depth: number) => {
    const below = [...(children.get(parent) ?? [])];
    below.sort((a, b) => (a.hop.start_ms ?? Number.MAX_VALUE) - (b.hop.start_ms ?? Number.MAX_VALUE));
    for (const node of below) {
      const { start_ms } = node.hop;
      found.push({ ...node.hop, depth, start_ms: start_ms === null ? null : round(Math.max(0, start_ms - begin)) });
      visit(node, depth + 1);
    }
  };
  visit(undefined, 0);
  return found;
}

function grouped(nodes: readonly Node[]): Map<Node | undefined, Node[]> {
  const groups = new Map<Node | undefined, Node[]>();
  for (const node of nodes) groups.set(node.parent, [...(groups.get(node.parent) ?? []), node]);
  return groups;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
