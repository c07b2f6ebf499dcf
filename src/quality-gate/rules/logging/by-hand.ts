import { posix } from "node:path";
import { sha256 } from "../../../lib/ids.ts";
import type { FileInfo, SourceFile } from "../../../source/source-file.ts";
import {
  type Gathered,
  type Hit,
  type Project,
  type ProjectDetector,
  type ProjectHit,
  perProject,
} from "../../rule.ts";
import { type Programs, programsIn, stem } from "./programs.ts";

/** What one file prints, and what decides with the rest of the project whether it is a program somebody runs. */
interface Prints {
  hits: Hit[];
  /** It begins at a guard such as `if __name__ == "__main__"`. */
  guard: boolean;
  /** It answers requests, takes messages or runs on a clock. */
  serves: boolean;
}
type Fact = { prints?: Prints; imports?: string[] } | { programs: Programs };

interface Options {
  find: (file: SourceFile) => Iterable<Hit>;
  /** Found in the text of every file with a finding. */
  keyword: string;
  /** Says that the file is started by itself; left out where that says nothing of the whole file. */
  guard?: RegExp;
  serves: RegExp;
  /** Names of what a file imports: a module that others import is no program. */
  imports?: (file: SourceFile) => string[];
}

/**
 * Printing in services. What a program run by hand prints is its result: that of a manifest's console scripts and
 * commands, and a module with a start guard that serves nobody and that no other module imports.
 */
export function printsInServices(options: Options): ProjectDetector {
  return perProject<Fact>({
    collect(file) {
      if (file.language === null) {
        const programs = programsIn(file);
        return programs && { programs };
      }
      const imports = options.imports?.(file) ?? [];
      const hits = file.lower.includes(options.keyword) ? [...options.find(file)].map((hit) => keyed(hit, file)) : [];
      const { guard, serves } = options;
      if (hits.length > 0)
        return { prints: { hits, guard: guard?.test(file.text) ?? false, serves: serves.test(file.text) }, imports };
      return imports.length > 0 ? { imports } : undefined;
    },
    conclude: inServices,
  });
}

function* inServices(_project: Project, facts: readonly Gathered<Fact>[]): Generator<ProjectHit> {
  const programs = facts.flatMap(({ fact }) => ("programs" in fact ? [fact.programs] : []));
  const run = new Set(programs.flatMap((one) => one.run));
  const started = new Set(programs.flatMap((one) => one.started));
  const modules = programs.flatMap((one) => one.modules);
  const imported = new Set(facts.flatMap(({ fact }) => ("imports" in fact ? (fact.imports ?? []) : [])));
  const isRunByHand = ({ path }: FileInfo, { guard, serves }: Prints): boolean => {
    const name = stem(path);
    if (serves || started.has(name)) return false;
    if (run.has(name) || modules.some((module) => name === module || name.endsWith(`/${module}`))) return true;
    return guard && !imported.has(posix.basename(name));
  };
  for (const { file, fact } of facts) {
    if (!("prints" in fact) || !fact.prints || isRunByHand(file, fact.prints)) continue;
    for (const hit of fact.prints.hits) yield { ...hit, file: file.path, service: file.service };
  }
}

/** Facts are kept between scans: they hold no text of the code. */
function keyed(hit: Hit, file: SourceFile): Hit {
  const line = (file.lines[hit.line - 1] ?? "").slice(0, 500).replace(/\s+/g, " ").trim();
  return { ...hit, key: sha256(line).slice(0, 24) };
}
