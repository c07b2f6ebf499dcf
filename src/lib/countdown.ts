/** A time limit whose clock can be stopped. */
export interface Countdown {
  /** Aborted with a TimeoutError when the time is up. */
  signal: AbortSignal;
  /** Do `work` with the clock stopped. */
  whileStopped<Result>(work: () => Promise<Result>): Promise<Result>;
  /** All of the time is left again. */
  renew(): void;
  /** The time does not matter any more. */
  end(): void;
}

/** Count `ms` milliseconds down from now. It does not keep the process running. */
export function countdown(ms: number): Countdown {
  const controller = new AbortController();
  let left = ms;
  let begun = 0;
  let stops = 0;
  let timer: NodeJS.Timeout | undefined;
  const run = () => {
    begun = performance.now();
    timer = setTimeout(() => controller.abort(new DOMException("The time is up.", "TimeoutError")), left);
    timer.unref();
  };
  run();
  return {
    signal: controller.signal,
    whileStopped: async (work) => {
      stops += 1;
      if (stops === 1) {
        clearTimeout(timer);
        left = Math.max(0, left - (performance.now() - begun));
      }
      try {
        return await work();
      } finally {
        stops -= 1;
        if (stops === 0) run();
      }
    },
    renew: () => {
      left = ms;
      if (stops > 0) return;
      clearTimeout(timer);
      run();
    },
    end: () => clearTimeout(timer),
  };
}
