/** How far a run may go beyond what it may cost while it has grace, as a share of that. */
const MOST_OVER = 0.2;

/** Watches what a run has cost so far, by its own word. */
export interface OverspendGuard {
  /** Aborted when the run has to be ended. */
  signal: AbortSignal;
  /** The run says that it has cost so much, in USD. */
  look(cost: number): void;
  /** The run is over. */
  end(): void;
}

/**
 * A run that has cost all it may, `usd`, gets `grace_ms` to finish what it is at: what it was paid for would be lost
 * otherwise. It is ended at once when it goes more than a fifth beyond.
 */
export function overspendGuard(usd: number, grace_ms: number): OverspendGuard {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    look: (cost) => {
      if (cost > usd * (1 + MOST_OVER) || (cost > usd && grace_ms === 0)) controller.abort();
      else if (cost > usd) timer ??= setTimeout(() => controller.abort(), grace_ms);
    },
    end: () => clearTimeout(timer),
  };
}
