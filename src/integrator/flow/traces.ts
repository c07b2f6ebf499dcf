import { routePrefix } from "../../model/service-map.ts";
import { send } from "../http.ts";
import type { TestSystem } from "../session/session.ts";
import { newTraceId, traceparentOf } from "../trace.ts";
import { eventually } from "./eventually.ts";

/** Everything a service wrote to its log since it was deployed. */
export type ReadLog = (service: string) => Promise<string>;

/** What a service wrote since its log had `length` characters. */
export async function textSince(readLog: ReadLog, service: string, length: number): Promise<string> {
  return (await readLog(service)).slice(length);
}

/** Whether a service logs the trace id of a request that it surely got: decides who lost a trace. */
export async function logsTraces(system: TestSystem, readLog: ReadLog, service: string): Promise<boolean> {
  const trace = newTraceId();
  const paths = [system.health.get(service) ?? "/health", "/"];
  for (const path of paths)
    await send({
      method: "GET",
      url: system.gateway_url + routePrefix(service) + path,
      headers: { traceparent: traceparentOf(trace) },
      timeout_ms: system.request_timeout_ms,
      signal: system.signal,
    });
  system.signal.throwIfAborted();
  return eventually(async () => (await readLog(service)).includes(trace), 2000, system.signal);
}
