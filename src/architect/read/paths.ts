import type { ShapeField } from "../outline.ts";
import { METHODS } from "./topics.ts";

export interface Route {
  method: string;
  path: string;
  query: ShapeField[];
}

const ROUTE = new RegExp(
  `^[\\s*\`\\[(]*((?:${METHODS})(?:\\s*[/|,]\\s*(?:${METHODS}))*)[\\]\`*]*\\s*:?\\s*[\`*]*\\s*(/[^\\s\`*"'|,;)]*)`,
);

/** The routes a text opens with ("POST /trips/{id} — …", "**GET** `/trips`"), with what stands behind; null when none. */
export function leadingRoutes(text: string): { routes: Route[]; rest: string } | null {
  const match = ROUTE.exec(text.slice(0, 600));
  if (match === null) return null;
  const path = match[2] ?? "";
  if (path.includes("*") || /^\/\//.test(path)) return null;
  const rest = text.slice(match[0].length).replace(/^[\s`*)\]]*/, "");
  return { routes: routes(match[1] ?? "", path), rest };
}

/** One route per method of "GET/POST" at a path. */
export function routes(methods: string, path: string): Route[] {
  const { bare, query } = withoutQuery(path);
  return [...new Set(methods.toUpperCase().match(new RegExp(METHODS, "g")) ?? [])].map((method) => ({
    method,
    path: bare,
    query,
  }));
}

function withoutQuery(path: string): { bare: string; query: ShapeField[] } {
  const [route = "", search = ""] = path.split("?", 2);
  const query = search
    .split("&")
    .map((part) => (part.split("=")[0] ?? "").replace(/[[\]{}.…]/g, ""))
    .filter((name) => /^[\w-]+$/.test(name))
    .map((name): ShapeField => ({ name, optional: true, shape: { kind: "scalar", type: "string" }, note: "" }));
  return { bare: normalPath(route), query };
}

/** Parameters as `{name}`, without a trailing slash or sentence punctuation. */
export function normalPath(path: string): string {
  const normal = path
    .replace(/\{(\w+)[:?][^}]*\}/g, "{$1}")
    .replace(/:([A-Za-z_]\w*)\??/g, "{$1}")
    .replace(/<(?:\w+:)?(\w+)>/g, "{$1}")
    .replace(/\[(\w+)\]/g, "{$1}")
    .replace(/[.:,;]+$/, "")
    .replace(/\/+$/, "");
  return normal === "" ? "/" : normal;
}

/** Paths that differ only in the names of their parameters are one. */
export function pathShape(path: string): string {
  return path.toLowerCase().replace(/\{[^}]*\}/g, "{}");
}
