import { createHash } from "node:crypto";
import { hashOf } from "../lib/ids.ts";
import type { News, ScanCache } from "./cache.ts";
import type { Collected } from "./facts.ts";
import { type Found, foundInProject } from "./findings.ts";
import type { Project, Rule } from "./rule.ts";

/** Let project rules judge the whole. A rule whose facts and project are those of its last conclusion is not run again. */
export function concludeAll(
  rules: readonly Rule[],
  project: Project,
  factsOf: (code: string) => Collected,
  cache: ScanCache,
  news: News,
): Found[] {
  const before = cache.conclusions();
  const now = { ...before };
  const context = digestOfProject(project);
  return rules.flatMap((rule) => {
    const { detect } = rule;
    if (detect.scope !== "project") return [];
    const collected = factsOf(rule.code);
    const digest = collected.digest(context);
    let known = before[rule.code];
    if (known?.digest !== digest) {
      known = { digest, found: [...detect.conclude(project, collected.facts())].map(foundInProject) };
      now[rule.code] = known;
      news.conclusions = now;
    }
    return known.found.map((one) => ({ ...one, rule }));
  });
}

/** Everything else that is known of a file follows from its path and the services. */
function digestOfProject({ services, files, contracts, service_map }: Project): string {
  const hash = createHash("sha1").update(hashOf({ services, contracts, service_map }));
  return hash.update(files.map(({ path }) => path).join("\0")).digest("hex");
}
