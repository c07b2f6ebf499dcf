import type { Spawn } from "../lib/exec.ts";
import type { BuilderClaim } from "../model/builder.ts";
import type { Contract } from "../model/contract.ts";
import type { DomainModel } from "../model/domain-model.ts";
import type { Finding } from "../model/finding.ts";
import type { BuildTaskKey, HostBriefing, HostSubmission } from "../model/host-build.ts";
import type { Service } from "../model/service-map.ts";

/** Everything a builder needs to build, or to fix, one service. */
export interface BuildTask {
  pipeline_id: string;
  service: Service;
  /** Absolute path of the service's own folder; exists. The builder writes nowhere else. */
  output_dir: string;
  prd: string;
  domain_model: DomainModel;
  /** The service's own contracts. */
  contracts: Contract[];
  /** Contracts of the services it calls or listens to. */
  consumed: Contract[];
  /** From 1. */
  attempt: number;
  /** Empty for a first build; otherwise what this run has to fix. */
  findings: Finding[];
  /** The scoped configuration of specification 11.4. */
  config: Record<string, unknown>;
  timeout_ms: number;
  log_file: string;
  spawn: Spawn;
  signal: AbortSignal;
  /** Left out: nothing that costs money is started. */
  budget?: BuildBudget | undefined;
  /** An earlier driver began this attempt and died in it: what its builder left may be all that there is to do. */
  cut_short?: boolean | undefined;
  /** The conversation of this service's run before this one, when it had one. */
  session?: string | undefined;
  /** Told now and then while it works. */
  progress?: ((progress: BuildProgress) => void) | undefined;
  /** Told when files of its folder have changed: what differs from before the run. */
  changed?: ((diff: TreeDiff) => void) | undefined;
  /** Told of each step between runs: what was seen, and what is done about it. */
  note?: ((note: BuildNote) => void) | undefined;
  /** Do `work` with this build's clocks stopped: it waits for somebody else. Left out: they go on. */
  untimed?: (<Result>(work: () => Promise<Result>) => Promise<Result>) | undefined;
  /** Somebody else begins: all of the time for one builder is left again. */
  renewTime?: (() => void) | undefined;
  /** What came of runs before this one in the same attempt, one sentence each. */
  learned?: string[] | undefined;
}

/** A step between two runs of one attempt. */
export type BuildNote =
  | { kind: "stuck"; what: "silent" | "same_error" | "no_diff"; detail: string; next: "nudge" | "restart" | "give_up" }
  | { kind: "died"; detail: string; next: "restart" | "give_up" }
  | { kind: "backoff"; seconds: number; reason: string }
  | { kind: "stepped_in"; from: string; to: string; reason: string };

/** Where tasks wait for agents that claim them. */
export interface HostQueue {
  /** A task that is there already keeps its claim; a closed one is open again. */
  offer(key: BuildTaskKey, task: { briefing: HostBriefing; lease_ms: number }): void;
  /** Where it stands now; claims that gave no sign of life in time are back in the queue. */
  look(key: BuildTaskKey): {
    state: "queued" | "claimed" | "submitted" | "closed";
    submission: HostSubmission | null;
    agent: string;
    /** Grows with each claim. */
    token: number;
  };
  /** Its folder is being written to: whoever has claimed it is alive. */
  touch(key: BuildTaskKey): void;
  /** Nobody waits for it any more, until it is offered again; a claim and a submission stay. */
  withdraw(key: BuildTaskKey): void;
  /** It is over: what comes for it is refused with the reason. */
  close(key: BuildTaskKey, reason: string): void;
}

/** What paid runs of all builders of a pipeline share. */
export interface BuildBudget {
  /**
   * Put up to `most` USD aside before a paid run. While others hold all that is left, it waits for one to be settled.
   * Errors: BUDGET_EXCEEDED when nothing is left; the signal's reason.
   */
  reserve(most: number, signal: AbortSignal): Promise<Reservation>;
}

/** Money put aside for one run. */
export interface Reservation {
  /** USD that the run may cost at most. */
  usd: number;
  /** What it did cost, in USD; null when that is not known: all of it counts then. */
  settle(usd: number | null): void;
}

/** How far an agent is, in its own words: shown, never believed. */
export interface BuildProgress {
  doing: string;
  /** Answers of the model so far; null when it does not say. */
  turns: number | null;
  /** USD so far; null when it does not say. */
  cost: number | null;
}

/** How much of a folder differs from what it was. */
export interface TreeDiff {
  /** Added, changed and deleted files. */
  files: number;
  /** Bytes in the added and changed ones. */
  bytes: number;
}

/** How a build ended. */
export interface BuildOutcome extends BuilderClaim {
  /** Why it was given up although it still ran: it went in circles. The next backend of a chain steps in. */
  stuck?: string;
  /** What we saw it do that a builder must not. */
  breaches?: string[] | undefined;
}

/** Builds services. It reports a claim; what is true is found out afterwards. */
export interface Builder {
  readonly name: string;
  /** Whether a run costs money: such a run needs a budget limit. */
  readonly paid: boolean;
  /** Errors: ENVIRONMENT when it could not do its work at all, BUDGET_EXCEEDED; the signal's reason. */
  build(task: BuildTask): Promise<BuildOutcome>;
  /** Which backend builds a service, where that differs by service. */
  nameFor?(service: string): string;
}
