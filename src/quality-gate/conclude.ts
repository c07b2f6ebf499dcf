import { createHash } from "node:crypto";
import { hashOf } from "../lib/ids.ts";
import type { FileInfo } from "../source/source-file.ts";
import type { Conclusion, Conclusions, News, ScanCache } from "./cache.ts";
import { type Collected, digestIn, type Facts } from "./facts.ts";
import { type Found, foundInProject } from "./findings.ts";
import type { Gathered as GatheredFiles } from "./gather.ts";
import type { Gathered, Project, Rule, ServiceDetector, System } from "./rule.ts";

/** Files whose fact of a rule is not what it was; undefined when that is not known. */
type Touched = (code: string) => readonly FileInfo[] | undefined;

/**
 * Let rules judge the whole, or each service. A rule whose facts and project are those of its last conclusion is not run
 * again; nor is one for a service when only other services have changed.
 */
export function concludeAll(
  rules: readonly Rule[],
  project: Project,
  gathered: Pick<GatheredFiles, "changes" | "isComplete"> & { factsOf: (code: string) => Collected },
  cache: ScanCache,
  news: News,
): Found[] {
  const before = cache.conclusions();
  const now: Conclusions = {};
  const system = digestOfSystem(project);
  const whole = digestOfPaths(system, project.files);
  const judging = rules.filter(({ detect }) => detect.scope !== "file");
  const basis = `${whole} ${judging.map(({ code }) => code).join(",")}`;
  const touched: Touched = cache.basis() === basis ? touchedBy(gathered.changes, cache) : () => undefined;
  let isNew = false;
  const found = judging.flatMap((rule) => {
    const { code, detect } = rule;
    const collected = gathered.factsOf(code);
    const files = touched(code);
    const judged =
      detect.scope === "service"
        ? judgeServices(code, detect, { project, digest: system }, collected, before, files)
        : new Map([[code, judgeWhole(rule, project, whole, collected, before[code], files)]]);
    for (const [key, conclusion] of judged) {
      now[key] = conclusion;
      isNew ||= before[key] !== conclusion;
    }
    return [...judged.values()].flatMap((one) => one.found.map((hit) => ({ ...hit, rule })));
  });
  if (isNew) news.conclusions = { ...ofOtherRules(before, rules), ...now };
  if (gathered.isComplete && !news.files.some(({ has_secret }) => has_secret)) news.basis = basis;
  return found;
}

function touchedBy(changes: GatheredFiles["changes"], { known }: ScanCache): Touched {
  if (!changes) return () => undefined;
  return (code) => {
    const facts = known.factsOf(code);
    return changes
      .filter(({ before, file }) => digestIn(before, code, facts) !== digestIn(file, code, facts))
      .map(({ info }) => info);
  };
}

function judgeWhole(
  { detect }: Rule,
  project: Project,
  context: string,
  collected: Collected,
  known: Conclusion | undefined,
  touched: readonly FileInfo[] | undefined,
): Conclusion {
  if (detect.scope !== "project") throw new Error("Only rules for projects judge the whole.");
  if (known && touched?.length === 0) return known;
  const digest = collected.digest(context);
  if (known?.digest === digest) return known;
  return { digest, found: [...detect.conclude(project, collected.facts())].map(foundInProject) };
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
  touched: readonly FileInfo[] | undefined,
): Map<string, Conclusion> {
  const judged = new Map<string, Conclusion>();
  if (touched) {
    const prefix = `${code}${OF}`;
    const own = new Set(touched.map(({ service }) => service));
    for (const [key, conclusion] of Object.entries(before)) {
      if (!key.startsWith(prefix) || own.has(key.slice(prefix.length))) continue;
      const asked = Object.keys(conclusion.elsewhere ?? {});
      const service = key.slice(prefix.length);
      const stands = !asked.some((name) => touched.some((file) => detect.shared[name]?.(file, service)));
      if (stands) judged.set(key, conclusion);
    }
    if (touched.length === 0) return judged;
  }
  const shared = new Map<string, Facts>();
  const sharedOf = (name: string, service: string): Facts => {
    const test = detect.shared[name] ?? (() => false);
    const id = test.length > 1 ? `${name}${OF}${service}` : name;
    const facts = shared.get(id) ?? collected.only((file) => test(file, service));
    shared.set(id, facts);
    return facts;
  };
  const gathered = new Map<Facts, readonly Gathered<unknown>[]>();
  for (const [service, facts] of collected.byService()) {
    const key = `${code}${OF}${service}`;
    if (judged.has(key)) continue;
    const digest = facts.digest(context);
    const known = before[key];
    const stands =
      known?.digest === digest &&
      Object.entries(known.elsewhere ?? {}).every(([name, one]) => sharedOf(name, service).digest("") === one);
    if (known && stands) {
      judged.set(key, known);
      continue;
    }
    const elsewhere: Record<string, string> = {};
    const ask = (name: string) => {
      const asked = sharedOf(name, service);
      elsewhere[name] ??= asked.digest("");
      // Every service may ask for them: they are read once.
      const list = gathered.get(asked) ?? asked.facts().map(({ file, fact }) => ({ file, fact }));
      gathered.set(asked, list);
      return list;
    };
    const found = [...detect.conclude(service, facts.facts(), ask, project)].map(foundInProject);
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
