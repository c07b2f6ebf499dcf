import { createHash } from "node:crypto";
import { hashOf } from "../lib/ids.ts";
import type { Conclusion, Conclusions, News, ScanCache } from "./cache.ts";
import type { Collected, Facts } from "./facts.ts";
import { type Found, foundInProject } from "./findings.ts";
import type { Gathered, Project, Rule, ServiceDetector, System } from "./rule.ts";

/**
 * Let rules judge the whole, or each service. A rule whose facts and project are those of its last conclusion is not run
 * again; nor is one for a service when only other services have changed.
 */
export function concludeAll(
  rules: readonly Rule[],
  project: Project,
  factsOf: (code: string) => Collected,
  cache: ScanCache,
  news: News,
): Found[] {
  const before = cache.conclusions();
  const now: Conclusions = {};
  const system = digestOfSystem(project);
  const whole = digestOfPaths(system, project.files);
  let isNew = false;
  const found = rules.flatMap((rule) => {
    const { code, detect } = rule;
    if (detect.scope === "file") return [];
    const collected = factsOf(code);
    if (detect.scope === "service") {
      const judged = judgeServices(rule.code, detect, { project, digest: system }, collected, before);
      for (const [key, conclusion] of judged) {
        now[key] = conclusion;
        isNew ||= before[key] !== conclusion;
      }
      return [...judged.values()].flatMap((one) => one.found.map((hit) => ({ ...hit, rule })));
    }
    const digest = collected.digest(whole);
    let known = before[code];
    if (known?.digest !== digest) {
      known = { digest, found: [...detect.conclude(project, collected.facts())].map(foundInProject) };
      isNew = true;
    }
    now[code] = known;
    return known.found.map((one) => ({ ...one, rule }));
  });
  if (isNew) news.conclusions = { ...ofOtherRules(before, rules), ...now };
  return found;
}

/** Services that are not there any more are forgotten with their rule. */
function ofOtherRules(before: Conclusions, rules: readonly Rule[]): Conclusions {
  const ran = new Set(rules.map(({ code }) => code));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !ran.has(key.split(OF)[0] ?? "")));
}

/** Between a rule's code and a service's name. */
const OF = " of ";

function judgeServices(
  code: string,
  detect: ServiceDetector,
  { project, digest: context }: { project: System; digest: string },
  collected: Collected,
  before: Conclusions,
): Map<string, Conclusion> {
  const shared = new Map<string, Facts>();
  const sharedOf = (name: string): Facts => {
    const known = shared.get(name);
    if (known) return known;
    const facts = collected.only(detect.shared[name] ?? (() => false));
    shared.set(name, facts);
    return facts;
  };
  const gathered = new Map<string, readonly Gathered<unknown>[]>();
  const system: System = project;
  const judged = new Map<string, Conclusion>();
  for (const [service, facts] of collected.byService()) {
    const key = `${code}${OF}${service}`;
    const digest = facts.digest(context);
    const known = before[key];
    const stands =
      known?.digest === digest &&
      Object.entries(known.elsewhere ?? {}).every(([name, one]) => sharedOf(name).digest("") === one);
    if (known && stands) {
      judged.set(key, known);
      continue;
    }
    const elsewhere: Record<string, string> = {};
    const ask = (name: string) => {
      const asked = sharedOf(name);
      elsewhere[name] ??= asked.digest("");
      // Every service may ask for them: they are read once.
      const list = gathered.get(name) ?? asked.facts().map(({ file, fact }) => ({ file, fact }));
      gathered.set(name, list);
      return list;
    };
    const found = [...detect.conclude(service, facts.facts(), ask, system)].map(foundInProject);
    judged.set(key, { digest, ...(Object.keys(elsewhere).length > 0 && { elsewhere }), found });
  }
  return judged;
}

function digestOfSystem({ services, contracts, service_map }: System): string {
  return createHash("sha1").update(hashOf({ services, contracts, service_map })).digest("hex");
}

/** Everything else that is known of a file follows from its path and the services. */
function digestOfPaths(system: string, files: Project["files"]): string {
  const hash = createHash("sha1").update(system);
  return hash.update(files.map(({ path }) => path).join("\0")).digest("hex");
}
