import { posix } from "node:path";
import { matcher } from "../../../source/messaging/value.ts";
import { plainName } from "../../../source/partners.ts";
import { defineRule, type Gathered, type Project, perProject } from "../../rule.ts";
import { type Links, linksIn } from "./orphans/links.ts";

/** Folders that hold no services, whatever manifest is in them. */
const ASIDE =
  /^(e2e|tests?|scripts?|tools?|tooling|docs?|infra\w*|deploy\w*|migrations?|libs?|shared|common|packages?|proto|contracts?|examples?|bench\w*|cli|sdk|client|seed\w*|terraform|ops|config)$/;
const MAX_EVENTS = 400;

export default defineRule({
  code: "ADV-003",
  title: "Orphan service",
  severity: "warning",
  category: "adversarial",
  why: "A service that nobody calls and that calls nobody is either not wired in yet or not needed.",
  fix: "Wire it to the services that need it, or drop it.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text", "compose", "dockerfile"],
  detect: perProject<Links>({
    collect: linksIn,
    *conclude(project, facts) {
      const { service_map, files } = project;
      const planned = service_map?.services.filter(({ is_frontend }) => !is_frontend).map(({ name }) => name);
      const connected = connectedByCode(project, facts);
      if (service_map) for (const name of connectedByPlan(service_map.services)) connected.add(name);
      const hasCode = (name: string) =>
        files.some(({ service, kind, is_test }) => service === name && kind === "code" && !is_test);
      const judged = (planned ?? runningServices(project, facts)).filter(hasCode);
      // Where nothing is connected, the connections are made somewhere this cannot see.
      if (judged.length < 2 || !judged.some((name) => connected.has(name))) return;
      for (const name of judged)
        if (!connected.has(name))
          yield {
            file:
              files.find(({ service, kind, is_test }) => service === name && kind === "code" && !is_test)?.path ?? "",
            service: name,
            line: 0,
            message: `${name} has no connection to any other service.`,
            key: name,
          };
    },
  }),
  bad: [
    {
      files: {
        "orders/package.json": "{}",
        "orders/app.ts": "const base = process.env.ACCOUNTS_URL;\napp.listen(3000);\n",
        "accounts/package.json": "{}",
        "accounts/app.ts": "app.listen(3000);\n",
        "reports/package.json": "{}",
        "reports/app.ts": "app.listen(3000);\n",
      },
    },
  ],
  good: [
    {
      files: {
        "orders/package.json": "{}",
        "orders/app.ts": 'const base = "http://accounts:8080";\n',
        "accounts/package.json": "{}",
        "accounts/app.ts": "app.listen(3000);\n",
      },
    },
    { file: "app.ts", code: "app.listen(3000);\n" },
  ],
});

/** What the files of one service say together. */
interface Together {
  runs: boolean;
  provides: Set<string>;
  requires: Set<string>;
}

/** A folder with a manifest is a service when it runs: it serves, consumes, or is built into an image. */
function runningServices({ services, files }: Project, facts: readonly Gathered<Links>[]): string[] {
  const byService = new Map<string, Together>();
  for (const { file, fact } of facts) {
    const known = byService.get(file.service) ?? { runs: false, provides: new Set(), requires: new Set() };
    byService.set(file.service, known);
    known.runs ||= fact.runs;
    if (fact.provides !== undefined) known.provides.add(fact.provides);
    for (const name of fact.requires) known.requires.add(name);
  }
  const inImages = new Set(files.filter(({ kind }) => kind === "dockerfile").map(({ service }) => service));
  return services
    .filter(({ name, directory }) => {
      if (directory.split("/").some((part) => ASIDE.test(part)) || isRequired(name, byService)) return false;
      return byService.get(name)?.runs || inImages.has(name);
    })
    .map(({ name }) => name);
}

/** Whether other services ask for it as a package: then it is their library. */
function isRequired(service: string, byService: ReadonlyMap<string, Together>): boolean {
  const provided = [...(byService.get(service)?.provides ?? [])];
  if (provided.length === 0) return false;
  for (const [other, { requires }] of byService)
    if (other !== service)
      for (const asked of requires)
        if (provided.some((one) => asked === one || asked.startsWith(`${one}/`) || asked.startsWith(`${one}.`)))
          return true;
  return false;
}

function connectedByPlan(
  services: readonly { name: string; depends_on: string[]; events_published: string[]; events_subscribed: string[] }[],
): Set<string> {
  const connected = new Set<string>();
  for (const one of services)
    for (const other of services) {
      if (one.name === other.name) continue;
      if (
        one.depends_on.includes(other.name) ||
        one.events_published.some((event) => other.events_subscribed.includes(event))
      )
        connected.add(one.name).add(other.name);
    }
  return connected;
}

function connectedByCode({ services }: Project, facts: readonly Gathered<Links>[]): Set<string> {
  const connected = new Set<string>();
  const byName = new Map(services.map(({ name }) => [plainName(name), name]));
  const built = (from: string, context: string) => {
    const folder = posix.join(posix.dirname(from), context).replace(/^\.\/?|\/$/g, "");
    return services.find(({ directory }) => directory === folder)?.name;
  };
  // Compose may call a service otherwise than its folder.
  for (const { file, fact } of facts)
    for (const { name, context } of fact.compose) {
      const service = context === undefined ? undefined : built(file.path, context);
      if (service !== undefined) byName.set(plainName(name), service);
    }
  const connect = (from: string | undefined, partners: Iterable<string>) => {
    for (const partner of partners) {
      const to = byName.get(partner);
      if (to === undefined || to === from) continue;
      connected.add(to);
      if (from !== undefined) connected.add(from);
    }
  };
  for (const { file, fact } of facts) {
    connect(file.service, fact.partners);
    for (const { name, partners, routed } of fact.compose) {
      const service = byName.get(plainName(name));
      connect(service, partners);
      if (routed && service !== undefined) connected.add(service);
    }
  }
  for (const name of connectedByEvents(facts)) connected.add(name);
  return connected;
}

function connectedByEvents(facts: readonly Gathered<Links>[]): Set<string> {
  const byEvent = new Map<string, Set<string>>();
  for (const { file, fact } of facts)
    for (const event of fact.events) byEvent.set(event, (byEvent.get(event) ?? new Set<string>()).add(file.service));
  const connected = new Set<string>();
  const join = (...groups: ReadonlySet<string>[]) => {
    const together = new Set(groups.flatMap((group) => [...group]));
    if (together.size > 1) for (const name of together) connected.add(name);
  };
  for (const together of byEvent.values()) join(together);
  const wild = [...byEvent].filter(([event]) => /[*#>]/.test(event) && /\w{3}/.test(event)).slice(0, MAX_EVENTS);
  const plain = [...byEvent].filter(([event]) => !/[*#>]/.test(event)).slice(0, 5 * MAX_EVENTS);
  const meets = matcher();
  for (const [pattern, one] of wild) for (const [event, other] of plain) if (meets(event, pattern)) join(one, other);
  return connected;
}
