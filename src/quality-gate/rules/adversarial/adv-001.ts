import { contractDocuments, contractIn } from "../../../source/contract-documents.ts";
import { channelsOf } from "../../../source/messaging/contracts.ts";
import { type Flow, type Flows, flowsOf, reaches } from "../../../source/messaging/flow.ts";
import { mergedSettings, settingsIn } from "../../../source/messaging/settings.ts";
import { type Traffic, trafficOf } from "../../../source/messaging/traffic.ts";
import { isUnknown, type Meets, matcher, readable } from "../../../source/messaging/value.ts";
import { defineRule, type Gathered, type Project, type ProjectHit, perProject } from "../../rule.ts";

type Fact = { traffic: Traffic } | { settings: Map<string, string> } | { spec: Record<string, unknown> };

/** Filled by the broker, the database or the cloud, not by code. */
const FILLED_FROM_OUTSIDE =
  /dlq|dlt\b|dead.?letter|retry|parking|^__|^\$|(^|[._-])(cdc|debezium|dbserver\w*|connect|mysql|postgres|mongo)[._-]|\.(public|dbo|inventory)\.|^arn:|s3/i;

/** More pairs than any system has: then somebody wants to keep the scanner busy. */
const MOST_PAIRS = 1_000_000;

export default defineRule({
  code: "ADV-001",
  title: "Dead event",
  severity: "warning",
  category: "adversarial",
  why: "Work is done to tell somebody something that nobody hears: a consumer is missing, or the name is misspelt.",
  fix: "Subscribe to it where it is needed, correct the name, or stop publishing it.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text", "compose"],
  detect: perProject<Fact>({
    collect(file) {
      const traffic = file.kind === "code" ? trafficOf(file) : undefined;
      if (traffic) return { traffic };
      const spec = file.kind === "text" ? contractIn(file) : undefined;
      const settings = file.kind === "code" || spec ? undefined : settingsIn(file);
      // Only AsyncAPI tells of channels.
      if (spec) return typeof spec.asyncapi === "string" ? { spec } : undefined;
      return settings && { settings };
    },
    *conclude(project, facts) {
      // One service alone has its consumers elsewhere: only a map of the system can tell.
      if (!project.service_map && project.services.length < 2) return;
      const settings = mergedSettings(facts.flatMap(({ fact }) => ("settings" in fact ? [fact.settings] : [])));
      const traffic = facts.flatMap(({ file, fact }) => ("traffic" in fact ? [{ file, fact: fact.traffic }] : []));
      const flows = withBindings(flowsOf(traffic, settings), settings);
      const promised = [...promisedFlows(project, facts), ...boundFlows(facts)];
      const all: All = {
        ...flows,
        published: [...flows.published, ...promised.filter(({ role }) => role !== "consume")].map(withVariants),
        consumed: [...flows.consumed, ...promised.filter(({ role }) => role !== "publish")].map(withVariants),
        meets: matcher(),
      };
      if (all.published.length * all.consumed.length > MOST_PAIRS) return;
      yield* unheard(all);
      yield* unsaid(all);
    },
  }),
  bad: [
    {
      files: {
        "orders/package.json": "{}",
        "orders/app.ts": 'await bus.publish("order.created", order);\n',
        "mail/package.json": "{}",
        "mail/app.ts": 'bus.subscribe("order.create", send);\n',
      },
    },
  ],
  good: [
    {
      files: {
        "orders/package.json": "{}",
        "orders/app.ts": 'await bus.publish("order.created", order);\n',
        "mail/requirements.txt": "",
        "mail/app.py": 'bus.subscribe("order.created", send)\n',
      },
    },
    { file: "app.ts", code: 'await bus.publish("order.created", order);\n' },
  ],
});

/** A flow of a contract or plan; those have several names, and no code to point at. */
type Promised = Omit<Flow, "role"> & { role: Flow["role"] | "either"; aliases?: readonly string[]; judged?: boolean };

type Either = (Flow | Promised) & { variants: readonly Flow[] };

interface All extends Omit<Flows, "published" | "consumed"> {
  published: Either[];
  consumed: Either[];
  meets: Meets;
}

function promisedFlows(project: Project, facts: readonly Gathered<Fact>[]): Promised[] {
  const specs = facts.flatMap(({ file, fact }) => ("spec" in fact ? [{ file, fact: fact.spec }] : []));
  const place = { family: "bus" as const, exchange: undefined, queue: undefined, line: 0, column: 0 };
  const contracts = contractDocuments(project, specs).flatMap((document) =>
    channelsOf(document).flatMap(({ role, names: [name = "", ...aliases] }): Promised[] => {
      const file = document.file || project.files.find(({ service }) => service === document.service)?.path || "";
      // A registered contract is what the system has agreed on; a document in the folder may be a draft of more.
      const judged = role !== "either" && document.file === "";
      return [{ ...place, role, name, aliases, service: document.service, file, judged }];
    }),
  );
  const planned = (project.service_map?.services ?? []).flatMap(
    ({ name: service, events_published, events_subscribed }) => [
      ...events_published.map(
        (name): Promised => ({ ...place, role: "publish", name, service, file: "", judged: false }),
      ),
      ...events_subscribed.map(
        (name): Promised => ({ ...place, role: "consume", name, service, file: "", judged: false }),
      ),
    ],
  );
  return [...contracts, ...planned];
}

const BINDING = /^property:spring\.cloud\.stream\.bindings\.([\w-]+)\.destination$/;

/** What Spring Cloud Stream publishes to a binding goes to the destination its settings name. */
function withBindings(flows: Flows, settings: ReadonlyMap<string, string>): Flows {
  const published = flows.published.map((flow) => {
    const name = settings.get(`property:spring.cloud.stream.bindings.${flow.name}.destination`);
    return name === undefined ? flow : { ...flow, name };
  });
  return { ...flows, published };
}

/** Functions that Spring Cloud Stream binds by its settings alone: `orders-in-0`, `orders-out-0`. */
function boundFlows(facts: readonly Gathered<Fact>[]): Promised[] {
  return facts.flatMap(({ file, fact }) =>
    ("settings" in fact ? [...fact.settings] : []).flatMap(([key, name]): Promised[] => {
      const [, binding = ""] = BINDING.exec(key) ?? [];
      const [, side] = /-(in|out)-\d+$/.exec(binding) ?? [];
      if (side === undefined) return [];
      const role = side === "in" ? "consume" : "publish";
      const place = { file: file.path, service: file.service, line: 0, column: 0 };
      return [{ role, family: "bus", name, exchange: undefined, queue: undefined, ...place, judged: false }];
    }),
  );
}

const isJudged = (flow: Either) => !("judged" in flow) || flow.judged === true;

/** A flow under each name it goes by. */
function withVariants(flow: Flow | Promised): Either {
  const names = [flow.name, ...("aliases" in flow ? (flow.aliases ?? []) : [])];
  return { ...flow, variants: names.map((name) => ({ ...flow, role: "publish", name })) };
}

function meet(published: Either, consumed: Either, { fanouts, meets }: All): boolean {
  return consumed.variants.some((one) => published.variants.some((other) => reaches(other, one, fanouts, meets)));
}

const sameKind = (one: Either, other: Either) =>
  one.family === other.family ||
  (one.family !== "emitter" && other.family !== "emitter" && (one.family === "bus" || other.family === "bus"));

function* unheard(all: All): Generator<ProjectHit> {
  const { published, consumed, mentioned } = all;
  for (const flow of published) {
    if (!isJudged(flow) || (isUnknown(flow.name) && !flow.exchange)) continue;
    if (
      consumed.some(
        (one) =>
          meet(flow, one, all) ||
          (isUnknown(one.name) &&
            !one.exchange &&
            sameKind(flow, one) &&
            (one.family !== "emitter" || one.service === flow.service)),
      )
    )
      continue;
    const where = flow.family === "emitter" ? flow.service : undefined;
    if (flow.variants.some(({ name }) => mentioned(name, where))) continue;
    const name = readable(flow.name === "" ? (flow.exchange ?? "") : flow.name);
    yield hitFor(flow, `Event ${name} is published and nobody subscribes to it.`, name);
  }
}

function* unsaid(all: All): Generator<ProjectHit> {
  const { published, consumed, mentioned } = all;
  const code = published.filter(isJudged);
  for (const flow of consumed) {
    if (!isJudged(flow) || isUnknown(flow.name) || FILLED_FROM_OUTSIDE.test(flow.name)) continue;
    // Where nobody publishes anything of the kind, the events come from outside.
    if (
      !code.some((one) =>
        flow.family === "emitter"
          ? one.family === "emitter" && one.service === flow.service
          : sameKind(one, flow) || one.family !== "emitter",
      )
    )
      continue;
    const unknown = published.some((one) => sameKind(one, flow) && isUnknown(one.name) && !one.exchange);
    const fed = consumed.some(({ queue }) => queue !== undefined && (queue === flow.name || isUnknown(queue)));
    if (unknown || (fed && flow.queue === undefined && flow.exchange === undefined)) continue;
    if (published.some((one) => meet(one, flow, all))) continue;
    const where = flow.family === "emitter" ? flow.service : undefined;
    if (flow.variants.some(({ name }) => mentioned(name, where))) continue;
    const name = readable(flow.name);
    yield hitFor(flow, `Event ${name} is consumed and nobody publishes it.`, `consumed ${name}`);
  }
}

function hitFor({ file, service, line, column }: Either, message: string, key: string): ProjectHit {
  return { file, service, line, column, message, key };
}
