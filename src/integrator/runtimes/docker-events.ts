import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceEnd } from "../port.ts";
import type { Engine } from "./docker-engine.ts";
import { exitWords } from "./health.ts";

/** Something that happened to a container of a project (Engine API, GET /events). */
export interface ContainerEvent {
  service: string;
  action: string;
  /** Of `die`; null for everything else. */
  exit_code: number | null;
}

/** The containers of a project, as its engine tells of them. */
export interface ProjectWatch {
  /** Resolves with the next event, with the signal's abort, or after `most_ms`. */
  next(most_ms: number, signal: AbortSignal): Promise<void>;
  /** Everything since the watch began, the oldest first. */
  readonly events: readonly ContainerEvent[];
  close(): void;
}

const ACTIONS = ["start", "die", "oom", "health_status", "pause", "unpause", "destroy"];
/** A service in a crash loop has long been found out by then. */
const MOST_EVENTS = 10_000;

/**
 * Watch a project from now on. An engine that breaks the stream off is not asked again: `next` then waits its whole time,
 * and whoever waits looks for himself. Errors: what the engine says.
 */
export async function watchProject({ docker }: Pick<Engine, "docker">, project: string): Promise<ProjectWatch> {
  const events: ContainerEvent[] = [];
  const waiting = new Set<() => void>();
  const stream = await docker.getEvents({
    filters: { type: ["container"], label: [`com.docker.compose.project=${project}`], event: ACTIONS },
  });
  stream.on("error", () => {});
  const lines = createInterface({ input: stream });
  lines.on("line", (line) => {
    const event = readEvent(line);
    if (event === undefined) return;
    if (events.length < MOST_EVENTS) events.push(event);
    for (const wake of [...waiting]) wake();
  });
  return {
    events,
    next: (most_ms, signal) => nextOf(waiting, most_ms, signal),
    close: () => {
      lines.close();
      if (stream instanceof Readable) stream.destroy();
    },
  };
}

async function nextOf(waiting: Set<() => void>, most_ms: number, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const wake = () => enough.abort();
  waiting.add(wake);
  await sleep(most_ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => {});
  waiting.delete(wake);
}

function readEvent(line: string): ContainerEvent | undefined {
  let told: { Action?: string; Actor?: { Attributes?: Record<string, string> } };
  try {
    told = JSON.parse(line);
  } catch {
    return undefined;
  }
  const attributes = told.Actor?.Attributes ?? {};
  const action = told.Action ?? "";
  const code = Number(attributes.exitCode);
  return {
    service: attributes["com.docker.compose.service"] ?? "",
    action,
    exit_code: action === "die" && Number.isInteger(code) ? code : null,
  };
}

/** The services that ended among these events, as often as they did and how they did the last time. */
export function endsIn(events: readonly ContainerEvent[]): ServiceEnd[] {
  const ends = new Map<string, ServiceEnd>();
  const beyond = new Set<string>();
  for (const { service, action, exit_code } of events) {
    if (action === "oom") beyond.add(service);
    if (action !== "die") continue;
    const memory = beyond.delete(service) ? ", beyond its memory limit" : "";
    const how = `${exitWords({ code: exit_code, signal: null })}${memory}`;
    ends.set(service, { service, how, times: (ends.get(service)?.times ?? 0) + 1 });
  }
  return [...ends.values()];
}
