import { meets, normalRoute } from "../../source/contract-documents.ts";
import { ANY, type Part, resolveValue, type Value } from "../../source/messaging/value.ts";
import { plainName, SETTINGS } from "../../source/partners.ts";
import type { SentRequest } from "../../source/requests.ts";
import type { Snapshot } from "../resolve/snapshot.ts";
import type { ServedRoute } from "./routes.ts";

/** A request with whom it is for. */
export interface AimedRequest {
  service: string;
  file: string;
  line: number;
  method: string;
  /** Parameters as {}, without host. */
  path: string;
  /** undefined when nothing tells. */
  target: string | undefined;
  /** Host or setting that the address begins with; "" for a bare path. */
  host: string;
  /** The route of the target that answers; undefined when none is known. */
  route: ServedRoute | undefined;
  is_test: boolean;
}

/** Every request of the project, with the service and route it reaches. */
export function aimedRequests(
  snapshot: Snapshot,
  routes: readonly ServedRoute[],
  settings: ReadonlyMap<string, string>,
): AimedRequest[] {
  const services = new Map<string, string>();
  for (const { service } of snapshot.files.values())
    if (service !== "" && !services.has(plainName(service))) services.set(plainName(service), service);
  const finder = routeFinder(routes);
  return snapshot.facts<SentRequest[]>("requests").flatMap(({ file, fact }) =>
    fact.map((request): AimedRequest => {
      const { host, path } = addressOf(request, settings);
      const named =
        serviceNamed(host, services) ?? serviceNamed(request.receiver.replace(/client|api|http/gi, ""), services);
      const own = named === file.service;
      const target = own && host === "" ? undefined : named;
      const route = target === undefined ? undefined : finder.in(target, request.method, path);
      // A bare path: the one other service that serves it.
      const alone =
        target === undefined && (host === "" || host.startsWith("$"))
          ? finder.anywhere(file.service, request.method, path)
          : undefined;
      return {
        service: file.service,
        file: file.path,
        line: request.line,
        method: request.method,
        path,
        host,
        target: target ?? alone?.service,
        route: route ?? alone,
        is_test: file.is_test,
      };
    }),
  );
}

function addressOf(request: SentRequest, settings: ReadonlyMap<string, string>): { host: string; path: string } {
  const base = request.base ? split(request.base, settings) : { host: "", path: "" };
  const own = split(request.address, settings);
  if (own.host !== "") return own;
  return { host: base.host, path: joined(base.path, own.path) };
}

/** Host and path of an address. A setting that stands for the host is its name with a dollar. */
function split(address: Value, settings: ReadonlyMap<string, string>): { host: string; path: string } {
  const written = address.map((part) => wordOf(part, settings)).join("");
  const [, url, rest = ""] = /^[a-z]+:\/\/([^/?#]*)([\s\S]*)$/i.exec(written) ?? [];
  if (url !== undefined) return { host: url.replace(/:\d+$|:\{\}$/g, "").replace(/^[^@]*@/, ""), path: pathOf(rest) };
  const [, setting, behind = ""] = /^\$<([^>]+)>([\s\S]*)$/.exec(written) ?? [];
  if (setting !== undefined) return { host: `$${setting}`, path: pathOf(behind) };
  // `${base}/orders`: something nobody knows stands before the path.
  const begin = written.indexOf("/");
  return { host: "", path: pathOf(begin > 0 && written.startsWith("{}") ? written.slice(begin) : written) };
}

function wordOf(part: Part, settings: ReadonlyMap<string, string>): string {
  if (part === null) return "{}";
  if (typeof part === "string") return part;
  const value = settings.get(part.ref);
  if (value !== undefined && /:\/\//.test(value)) return value;
  const known = resolveValue([part], () => undefined);
  return known === ANY ? `$<${part.ref.replace(/^(env|property):/, "")}>` : known;
}

function pathOf(text: string): string {
  const plain = text
    .replace(/\$<[^>]+>/g, "{}")
    .replace(/[?#].*$/s, "")
    .replaceAll(ANY, "{}");
  return normalRoute(plain.startsWith("/") || plain === "" ? plain : `/${plain}`);
}

function joined(base: string, path: string): string {
  return base === "" || base === "/" ? path : `${base}${path === "/" ? "" : path}`;
}

function serviceNamed(host: string, services: ReadonlyMap<string, string>): string | undefined {
  if (host === "") return undefined;
  const found = (name: string) => services.get(plainName(name));
  if (host.startsWith("$")) {
    const name = host.slice(1).split(".").at(-1) ?? "";
    for (const groups of name.matchAll(SETTINGS)) {
      const service = found(groups[1] ?? groups[2] ?? groups[3] ?? "");
      if (service !== undefined) return service;
    }
    return found(name);
  }
  // orders, orders.internal, orders.default.svc.cluster.local; not orders.example.com
  const [first = "", ...rest] = host.split(".");
  const isInside = rest.length === 0 || /(^|\.)(svc|local|internal|consul|cluster)(\.|$)/.test(rest.join("."));
  return isInside ? found(first.replace(/^.*[-_]?this[.]/, "")) : undefined;
}

function routeFinder(routes: readonly ServedRoute[]) {
  const byEnd = new Map<string, ServedRoute[]>();
  for (const route of routes) {
    if (route.is_test) continue;
    const key = lastOf(route.path);
    byEnd.set(key, [...(byEnd.get(key) ?? []), route]);
  }
  const candidates = (path: string) => [
    ...(byEnd.get(lastOf(path)) ?? []),
    ...(lastOf(path) === "{}" ? [] : (byEnd.get("{}") ?? [])),
  ];
  const fits = (route: ServedRoute, method: string, path: string) =>
    (method === "" || route.method === "ANY" || route.method === method) && meets(route.path, path);
  return {
    in: (service: string, method: string, path: string) =>
      candidates(path).find((route) => route.service === service && fits(route, method, path)),
    anywhere(except: string, method: string, path: string) {
      // A path of parameters only could be anything.
      if (!/\/[\w-]/.test(path)) return undefined;
      const found = candidates(path).filter((route) => fits(route, method, path));
      if (found.some(({ service }) => service === except)) return undefined;
      return new Set(found.map(({ service }) => service)).size === 1 ? found[0] : undefined;
    },
  };
}

function lastOf(path: string): string {
  return normalRoute(path).split("/").at(-1) ?? "";
}
