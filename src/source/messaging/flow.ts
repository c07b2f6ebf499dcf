import type { FileInfo } from "../source-file.ts";
import type { Endpoint, HandingCall, Traffic } from "./traffic.ts";
import type { Family } from "./use.ts";
import { ANY, isUnknown, type Lookup, type Meets, resolveValue, type Value } from "./value.ts";

/** An endpoint with its names put in. */
export interface Flow {
  role: "publish" | "consume";
  family: Family;
  /** The channel; ANY parts are not known. */
  name: string;
  /** AMQP: the exchange; undefined when none is said, ANY when it is not known. */
  exchange: string | undefined;
  queue: string | undefined;
  service: string;
  file: string;
  line: number;
  column: number;
}

export interface TrafficFact {
  file: FileInfo;
  fact: Traffic;
}

/** All messages of a project. */
export interface Flows {
  published: Flow[];
  consumed: Flow[];
  /** Names that stand somewhere else in a service's code. */
  mentioned(name: string, service?: string): boolean;
  fanouts: ReadonlySet<string>;
}

const BUS = /bus|broker|event|publisher|producer|pub_?sub|messag|queue|nats|kafka|redis|hub|stream|topic/i;
const GENERIC_PUBLISH = /^(publish|emit|produce|raise|broadcast|dispatch)(_?(event|message|domain_?event|async|to))?$/i;
const GENERIC_CONSUME = /^(subscribe|consume|listen|on|handle|addListener|addHandler)(_?(event|message|to|for))?$/i;
const EVENT_NAME = /^[A-Za-z][\w-]*([.:][A-Za-z][\w-]*)+$/;
const VAGUE = /^(send|emit|on|handle|register|notify|publish|process|run|listen|consume|subscribe|dispatch)$/;
const FILE_NAME = /\.(html?|md|json|ya?ml|txt|png|jpe?g|svg|css|js|ts|py|go|java|xml|csv|pdf)$/i;
const ROUNDS = 4;

/** Put in constants, settings and what callers hand in. `settings`: values of environment variables and properties. */
export function flowsOf(
  facts: readonly TrafficFact[],
  settings: ReadonlyMap<string, string>,
  /** Whether `bus.subscribe("…")`, which only its name tells of, consumes. Else such a name is only mentioned. */
  { by_name = false } = {},
): Flows {
  const lookups = lookupFor(facts, settings);
  const emitters = new Set(
    facts.flatMap(({ file, fact }) => [...fact.emitters].map((name) => `${file.service}\0${name}`)),
  );
  const dynamic = new Set(
    facts.flatMap(({ file, fact }) =>
      fact.endpoints.flatMap(({ role, family, receiver, channel }) =>
        role === "publish" && family === "emitter" && receiver !== undefined && isAnyName(channel, lookups(file))
          ? [`${file.service}\0${receiver}`]
          : [],
      ),
    ),
  );
  const flows: Flow[] = [];
  const pending: { endpoint: Endpoint; file: FileInfo; exchange: string | undefined; root: string }[] = [];
  const handing = new Map<string, Map<string, Handover>>();
  for (const { file, fact } of facts) {
    const lookup = lookups(file);
    for (const endpoint of fact.endpoints) {
      if (
        endpoint.family === "emitter" &&
        endpoint.receiver !== undefined &&
        !emitters.has(`${file.service}\0${endpoint.receiver}`)
      ) {
        const key = `${file.service}\0${endpoint.receiver}`;
        const own = otherEmit(endpoint, file, lookup);
        flows.push(...own);
        // An emitter that is given names when the program runs may say all that its listeners wait for.
        if (endpoint.role === "consume" && dynamic.has(key))
          flows.push(...own.map((flow) => ({ ...flow, role: "publish" as const })));
        continue;
      }
      const exchange = endpoint.exchange && resolveValue(endpoint.exchange, lookup);
      if (endpoint.channel && "handed" in endpoint.channel) {
        const { name, index } = endpoint.channel.handed;
        note(handing, name, { role: endpoint.role, family: endpoint.family, exchange, index, root: name });
        if (endpoint.family === "emitter") pending.push({ endpoint, file, exchange, root: name });
        continue;
      }
      const name = endpoint.channel ? resolveValue(endpoint.channel.value, lookup) : ANY;
      const queue = endpoint.queue && resolveValue(endpoint.queue, lookup);
      const { role, family, line, column } = endpoint;
      flows.push({ role, family, name, exchange, queue, service: file.service, file: file.path, line, column });
    }
  }
  const called = fromCallers(facts, lookups, handing, by_name);
  flows.push(...called.map(({ flow }) => flow));
  // Where no call says which name is handed in, it may be any.
  const told = new Set(called.map(({ root }) => root));
  for (const { endpoint, file, exchange, root } of pending)
    if (!told.has(root)) {
      const { role, family, line, column } = endpoint;
      const place = { service: file.service, file: file.path, line, column };
      flows.push({ role, family, name: ANY, exchange, queue: undefined, ...place });
    }
  const published = flows.filter(({ role }) => role === "publish");
  return {
    published,
    consumed: flows.filter(({ role }) => role === "consume"),
    mentioned: mentionsFor(facts, lookups, (call) => handing.has(call.name) || isPublishing(call)),
    fanouts: new Set(
      facts.flatMap(({ file, fact }) => fact.fanouts.map((value) => resolveValue(value, lookups(file)))),
    ),
  };
}

/** A parameter that names a channel; `root`: the function whose own code uses it. */
type Handover = Pick<Flow, "role" | "family" | "exchange"> & { index: number; root: string };
/** Whether a name is handed in or made when the program runs. */
function isAnyName(channel: Endpoint["channel"], lookup: Lookup): boolean {
  return !channel || "handed" in channel || isUnknown(resolveValue(channel.value, lookup));
}

type Handing = Map<string, Map<string, Handover>>;

function note(handing: Handing, name: string, target: Handover): boolean {
  const targets = handing.get(name) ?? new Map();
  handing.set(name, targets);
  const key = `${target.role} ${target.index}`;
  if (targets.has(key)) return false;
  targets.set(key, target);
  return true;
}

/** `client.emit("order.created")`: a message where the name or the variable says so. */
function otherEmit(endpoint: Endpoint, file: FileInfo, lookup: Lookup): Flow[] {
  const { role, line, column, receiver = "", channel } = endpoint;
  const name = channel && "value" in channel ? resolveValue(channel.value, lookup) : ANY;
  const isMessage =
    /client|bus|broker|kafka|rabbit|nats|pub|event/i.test(receiver) &&
    /[._:-]|[a-z][A-Z]/.test(name) &&
    !isUnknown(name);
  if (!isMessage || /^(error|data|end|close|message|connect|ready)$/.test(name)) return [];
  return [
    {
      role,
      family: "bus",
      name,
      exchange: undefined,
      queue: undefined,
      service: file.service,
      file: file.path,
      line,
      column,
    },
  ];
}

/** What a call publishes or consumes, and the function that does it for the call; "" when its name alone says so. */
interface Called {
  flow: Flow;
  root: string;
}

/** Functions that hand a name on make their callers endpoints; so do functions named like publishing. */
function fromCallers(
  facts: readonly TrafficFact[],
  lookups: (file: FileInfo) => Lookup,
  handing: Handing,
  by_name: boolean,
): Called[] {
  for (let round = 0, grew = true; grew && round < ROUNDS; round += 1) {
    grew = false;
    for (const { fact } of facts)
      for (const { name, given } of fact.calls)
        for (const { index, ...target } of [...(handing.get(name)?.values() ?? [])]) {
          const one = given[index];
          if (one && "handed" in one)
            grew = note(handing, one.handed.name, { ...target, index: one.handed.index }) || grew;
        }
  }
  return facts.flatMap(({ file, fact }) =>
    fact.calls.flatMap((call) => callerFlows(call, file, lookups(file), handing.get(call.name), by_name)),
  );
}

function callerFlows(
  call: HandingCall,
  file: FileInfo,
  lookup: Lookup,
  targets: ReturnType<Handing["get"]>,
  by_name: boolean,
): Called[] {
  const { given, line, column } = call;
  const place = { service: file.service, file: file.path, line, column, queue: undefined };
  const found: Called[] = [];
  // Any class may have a method of such a name: only a variable that sounds like messages counts.
  const vague = VAGUE.test(call.name) && !/^(|this|self)$/.test(call.receiver) && !BUS.test(call.receiver);
  for (const { role, family, exchange, index, root } of vague ? [] : (targets?.values() ?? [])) {
    const one = given[index];
    const channel = one && "value" in one ? resolveValue(one.value, lookup) : ANY;
    if (one === undefined && given.length <= index) continue;
    if (!(one && "handed" in one)) found.push({ flow: { role, family, exchange, name: channel, ...place }, root });
  }
  const role = isPublishing(call) ? "publish" : by_name && isConsuming(call) ? "consume" : undefined;
  if (found.length > 0 || role === undefined) return found;
  for (const one of given.slice(0, 2)) {
    const channel = one && "value" in one ? resolveValue(one.value, lookup) : ANY;
    if (EVENT_NAME.test(channel) && !FILE_NAME.test(channel))
      return [{ flow: { role, family: "bus", exchange: undefined, name: channel, ...place }, root: "" }];
  }
  return found;
}

/** `bus.publish(…)`, `publishEvent(…)`: said by the names alone. */
function isPublishing({ name, receiver }: HandingCall): boolean {
  return GENERIC_PUBLISH.test(name) && BUS.test(`${receiver} ${name.replace(GENERIC_PUBLISH, "$2")}`);
}

/** `bus.subscribe(…)`, `onEvent(…)`: the same for the other side. */
function isConsuming({ name, receiver }: HandingCall): boolean {
  return GENERIC_CONSUME.test(name) && BUS.test(`${receiver} ${name.replace(GENERIC_CONSUME, "$2")}`);
}

/** What a constant means in a file: by the file's own definitions, its service's, then anybody's when all agree. */
function lookupFor(facts: readonly TrafficFact[], settings: ReadonlyMap<string, string>): (file: FileInfo) => Lookup {
  const byFile = new Map(facts.map(({ file, fact }) => [file.path, fact.definitions]));
  const byService = new Map<string, Map<string, Value | null>>();
  const everywhere = new Map<string, Value | null>();
  for (const { file, fact } of facts) {
    const own = byService.get(file.service) ?? new Map<string, Value | null>();
    byService.set(file.service, own);
    for (const [name, value] of fact.definitions)
      for (const map of [own, everywhere]) map.set(name, agreed(map.get(name), value));
  }
  return (file) => (ref) => {
    const setting = settings.get(ref);
    if (setting !== undefined || /^(env|property):/.test(ref)) return setting === undefined ? undefined : [setting];
    const name = ref.split(".").at(-1) ?? ref;
    return (
      byFile.get(file.path)?.get(name) ?? byService.get(file.service)?.get(name) ?? everywhere.get(name) ?? undefined
    );
  };
}

/** null: several definitions that differ. */
function agreed(before: Value | null | undefined, value: Value): Value | null {
  if (before === undefined) return value;
  return before !== null && JSON.stringify(before) === JSON.stringify(value) ? value : null;
}

/** Mentions by name, also in calls of functions of which nothing is known. */
function mentionsFor(
  facts: readonly TrafficFact[],
  lookups: (file: FileInfo) => Lookup,
  isUnderstood: (call: HandingCall) => boolean,
): Flows["mentioned"] {
  const services = new Map<string, Set<string>>();
  for (const { file, fact } of facts) {
    const lookup = lookups(file);
    const handed = fact.calls.flatMap((call) => (isUnderstood(call) ? [] : call.given));
    const names = [
      ...fact.mentions,
      ...[...fact.references].map((ref) => resolveValue([{ ref }], lookup)),
      ...handed.flatMap((one) => (one && "value" in one ? [resolveValue(one.value, lookup)] : [])),
    ];
    for (const name of names) services.set(name, (services.get(name) ?? new Set<string>()).add(file.service));
  }
  return (name, service) => {
    const where = services.get(name);
    return where !== undefined && (service === undefined || where.has(service));
  };
}

/** Whether a message that is published can reach a consumer. */
export function reaches(published: Flow, consumed: Flow, fanouts: ReadonlySet<string>, meets: Meets): boolean {
  if (published.family === "emitter" || consumed.family === "emitter")
    return (
      published.family === consumed.family &&
      published.service === consumed.service &&
      meets(published.name, consumed.name)
    );
  const sameExchange =
    published.exchange === undefined ||
    consumed.exchange === undefined ||
    published.exchange === "" ||
    meets(published.exchange, consumed.exchange, false);
  if (
    published.exchange &&
    consumed.exchange &&
    sameExchange &&
    (consumed.name === "" || published.name === "" || fanouts.has(published.exchange))
  )
    return true;
  if (published.exchange && published.name === "") return false;
  return sameExchange && meets(published.name, consumed.name);
}
