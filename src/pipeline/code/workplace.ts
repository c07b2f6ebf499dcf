import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { guardOutside } from "../../builders/guard.ts";
import type { BuilderResult } from "../../model/builder.ts";
import type { Contract } from "../../model/contract.ts";
import type { Finding } from "../../model/finding.ts";
import { checkOut } from "./checkout.ts";
import { contractBreaches } from "./contracts.ts";
import { conflictFinding, dirtyFinding } from "./findings.ts";
import { layService } from "./lay.ts";
import type { Code } from "./open.ts";
import { startRef } from "./repository.ts";
import { bringOutput, SIDES, worktreeOf } from "./store.ts";
import { filesWithMarkers } from "./three-way.ts";
import { commitWorktree, moveWorktree, prepareWorktree } from "./worktree.ts";

/** What a look at a builder's work takes: where it lies as it was committed, and what else is wrong with it. */
export interface Look {
  directory: string;
  breaches: string[];
  beforeTests?: () => Promise<void>;
  /** What is found once its commands have run. */
  after?: () => Promise<Finding[]>;
  /** What is known to be wrong beforehand. */
  findings?: Finding[];
}

/** Gathers the evidence and gives the result, not kept yet. */
export type Gather = (look: Look) => Promise<BuilderResult>;

/** Where one service's builder works, from before it starts until its result is known. */
export interface Workplace {
  folder: string;
  /** What the builder has to settle beside its task. */
  findings: Finding[];
  /** When the builder has ended: what it wrote outside its folder, one sentence each. */
  breaches(): string[];
  /** See for ourselves what was delivered and put it where it belongs. `breaches`: what was seen already. */
  judge(gather: Gather, breaches: string[]): Promise<BuilderResult>;
  close(): void;
}

export interface WorkplaceRequest {
  service: string;
  /** For the message of the commit. */
  attempt: number;
  /** The service's own contracts and those it uses. */
  contracts: readonly Contract[];
  /** Where what was written outside is moved to. */
  aside: string;
  /** Whether a builder is to work in it; otherwise only what lies there is looked at. */
  forBuilder: boolean;
}

/** Without git: the output folder itself, with what lies beside it watched. */
export function openFolder({ service, aside }: WorkplaceRequest, output_dir: string): Workplace {
  const folder = join(output_dir, service);
  mkdirSync(folder, { recursive: true });
  const guard = guardOutside(folder, aside);
  return {
    folder,
    findings: [],
    breaches: () => guard.check(),
    judge: (gather, breaches) => gather({ directory: folder, breaches }),
    close: () => guard.close(),
  };
}

/**
 * The service's own worktree. What its builder leaves there is committed, checked out clean, judged, and merged into the
 * output folder when it holds; otherwise it stays on its branch, and the output folder as it was. Errors: ENVIRONMENT.
 */
export async function openWorktree(code: Code, request: WorkplaceRequest): Promise<Workplace> {
  const { service, aside, forBuilder } = request;
  const { root, folder } = worktreeOf(code.work_dir, service);
  mkdirSync(join(code.output_dir, service), { recursive: true });
  mkdirSync(root, { recursive: true });
  // Before anything is written into the worktree: others that are at work must know that it is ours.
  const guards = [guardOutside(root, aside)];
  try {
    const { conflicts } = forBuilder ? await prepareWorktree(code, service) : { conflicts: [] };
    mkdirSync(folder, { recursive: true });
    guards.push(guardOutside(folder, aside));
    return {
      folder,
      findings: conflicts.length > 0 ? [conflictFinding(service, conflicts, true)] : [],
      breaches: () => guards.flatMap((guard) => guard.check()),
      judge: (gather, breaches) => judgeCommitted(code, request, gather, breaches),
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }

  function close(): void {
    for (const guard of guards) guard.close();
  }
}

/** How often a person may edit the service while its tests run before that counts as a conflict. */
const ROUNDS = 3;

async function judgeCommitted(
  code: Code,
  { service, attempt, contracts }: WorkplaceRequest,
  gather: Gather,
  seen: string[],
): Promise<BuilderResult> {
  const { repository } = code;
  const { tip: built, unread } = await commitWorktree(code, service, `${service}, attempt ${attempt}`);
  for (let round = 1; ; round += 1) {
    const { tip, standing, conflicts } = await takeEdits(code, service, built);
    const tree = await repository.treeAt(tip, service);
    const begun = await repository.commitAt(startRef(service));
    const before = begun === undefined ? "" : await repository.treeAt(begun, service);
    const breaches = [
      ...seen,
      ...unread.map((text) => `It left what cannot be read: ${text}.`),
      ...(await contractBreaches(repository, { service, tree, before, contracts })),
    ];
    const marked = (await filesWithMarkers(repository, tip, SIDES.ours)).map((path) => path.slice(service.length + 1));
    const unsettled = [...new Set([...conflicts, ...marked])];
    const checkout = await checkOut(code, service, tip);
    try {
      const gathered = await gather({
        directory: checkout.directory,
        breaches,
        beforeTests: checkout.beforeTests,
        findings: unsettled.length > 0 ? [conflictFinding(service, unsettled, marked.length > 0)] : [],
        after: async () => {
          const changed = await checkout.changed();
          return changed.length > 0 ? [dirtyFinding(service, changed)] : [];
        },
      });
      const result = { ...gathered, evidence: gathered.evidence && { ...gathered.evidence, git_tree: tree } };
      if (!result.success) return refused(code, result, { service, commit: tip, standing });
      const merged = await code.merge(service, async () => {
        const main = await layService(code, service, { tip, standing });
        if (main !== undefined) await checkout.moveInstalled(join(code.output_dir, service));
        return main;
      });
      if (merged !== undefined) {
        code.note("merged", { service, attempt, commit: tip, main: merged });
        const output_dir = join(code.output_dir, service);
        return { ...result, output_dir, delivery: { commit: tip, merged: true, standing: tree } };
      }
      if (round === ROUNDS) {
        const finding = conflictFinding(service, ["edited again and again while its tests ran"], false);
        const failed = { ...result, success: false, error: finding.message, findings: [finding] };
        return refused(code, failed, { service, commit: tip, standing });
      }
    } finally {
      checkout.remove();
    }
  }
}

/** The commit to be judged: with what was edited in the output folder, where both go together. */
async function takeEdits(code: Code, service: string, built: string) {
  const brought = await code.exclusive(() => bringOutput(code, service, built));
  const { tip, conflicts } = brought;
  if (conflicts.length > 0)
    code.note("merge_conflict", { service, files: conflicts.slice(0, 50), total: conflicts.length });
  if (conflicts.length > 0 || tip === built) return { ...brought, tip: built };
  await moveWorktree(code, service, tip);
  return brought;
}

/** Nothing was merged: the result says where the work lies, and what still stands in the output folder. */
function refused(
  code: Code,
  result: BuilderResult,
  { service, commit, standing }: { service: string; commit: string; standing: string },
): BuilderResult {
  const { folder } = worktreeOf(code.work_dir, service);
  const stands = standing === "" ? "" : " The output folder holds what stood there before.";
  return {
    ...result,
    error: `${result.error} What it left is in ${folder}.${stands}`.trim(),
    output_dir: folder,
    delivery: { commit, merged: false, standing },
  };
}
