import { AppError } from "../../lib/errors.ts";
import { slug } from "../../lib/ids.ts";
import { nearest } from "../../lib/nearest.ts";
import type { ServiceInterface } from "../../model/codebase.ts";
import type { EnvironmentUse } from "../../source/environment.ts";
import type { Flow } from "../../source/messaging/flow.ts";
import { plainName } from "../../source/partners.ts";
import type { Snapshot } from "../resolve/snapshot.ts";
import { eventName, messagesOf } from "./events.ts";
import { aimedRequests } from "./requests.ts";
import { servedRoutes } from "./routes.ts";

const MOST_SYMBOLS = 2000;

/** The services the index knows. */
export function serviceNames(snapshot: Snapshot): string[] {
  const names = new Set([...snapshot.files.values()].map(({ service }) => service));
  names.delete("");
  return [...names].sort();
}

/** A service by its name, or by what people make of it: order_service, Order-Service. Errors: NOT_FOUND. */
export function serviceNamed(snapshot: Snapshot, name: string): string {
  const all = serviceNames(snapshot);
  const found =
    all.find((one) => one === name) ??
    all.find((one) => one === slug(name, 80)) ??
    all.find((one) => plainName(one) === plainName(name));
  if (found !== undefined) return found;
  const meant = nearest(name, all);
  throw new AppError("NOT_FOUND", `The index knows no service ${name}.`, {
    remedy:
      all.length === 0
        ? "The folder holds no code."
        : `${meant ? `Did you mean ${meant}? ` : ""}Services: ${all.slice(0, 30).join(", ")}.`,
    details: { services: all.slice(0, 100) },
  });
}

/** What a service shows and needs, by its code; tests left out. Errors: NOT_FOUND. */
export function interfaceOf(snapshot: Snapshot, name: string): ServiceInterface {
  const service = serviceNamed(snapshot, name);
  const messages = messagesOf(snapshot);
  const routes = servedRoutes(snapshot);
  const isOwn = ({ file }: { file: string }) => {
    const known = snapshot.byPath.get(file);
    return known !== undefined && known.service === service && !known.is_test;
  };
  const events = (flows: readonly Flow[]) =>
    distinct(
      flows.filter(isOwn).flatMap((flow) => {
        const event = eventName(flow);
        return event === "" ? [] : [{ event, file_path: flow.file, line: flow.line }];
      }),
    );
  const own = [...snapshot.files.values()].filter((file) => file.service === service && !file.is_test);
  const facts = <Fact>(kind: "environment" | "ports") =>
    snapshot.facts<Fact>(kind).filter(({ file }) => file.service === service && !file.is_test);
  const environment = new Map<string, ServiceInterface["environment"][number]>();
  for (const { file, fact } of facts<EnvironmentUse[]>("environment"))
    for (const { name: variable, has_default, line } of fact) {
      const known = environment.get(variable);
      if (known) known.has_default ||= has_default;
      else environment.set(variable, { name: variable, has_default, file_path: file.path, line });
    }
  return {
    service_name: service,
    endpoints: distinct(
      routes
        .filter(isOwn)
        .map(({ method, path, handler, file, line }) => ({ method, path, handler, file_path: file, line })),
    ),
    events_published: events(messages.published),
    events_consumed: events(messages.consumed),
    http_calls: distinct(
      aimedRequests(snapshot, routes, messages.settings)
        .filter(isOwn)
        .map(({ method, path, host, target, file, line }) => ({
          method,
          path: target === undefined && /\./.test(host) ? `${host}${path}` : path,
          target_service: target ?? null,
          file_path: file,
          line,
        })),
    ),
    environment: [...environment.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ports: [...new Set(facts<number[]>("ports").flatMap(({ fact }) => fact))].sort((a, b) => a - b),
    exported_symbols: own
      .flatMap(({ id }) =>
        snapshot
          .definitionsOf(id)
          .filter(({ exported, container, kind }) => exported && container === "" && kind !== "variable")
          .map((one) => one.name),
      )
      .filter((one, index, all) => all.indexOf(one) === index)
      .sort()
      .slice(0, MOST_SYMBOLS),
  };
}

function distinct<One>(all: readonly One[]): One[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = JSON.stringify(one);
    return seen.has(key) ? false : seen.add(key);
  });
}
