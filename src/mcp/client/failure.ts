import { AppError } from "../../lib/errors.ts";

/**
 * Whether a call that failed may be made again. `untouched`: the server has not begun it. `lost`: it may have, so only
 * what is safe to repeat. `late`: no answer in time; repeated once when safe, because waiting again is dear. `never`:
 * the same would happen.
 */
export type Repeat = "untouched" | "lost" | "late" | "never";

const repeats = new WeakMap<AppError, Repeat>();

/** REMOTE_UNAVAILABLE, with what is known about repeating it. `what` goes on from the server's name: "did not start: …". */
export function unavailable(label: string, what: string, repeat: Repeat, cause?: unknown): AppError {
  const error = new AppError("REMOTE_UNAVAILABLE", `${label} ${what.trim().replace(/[.\s]*$/, "")}.`, {
    remedy:
      "See that the server runs and that its command or url in the configuration is right, then try again; backend: builtin, or fallback: true, does without it.",
    ...(cause === undefined ? {} : { cause }),
  });
  repeats.set(error, repeat);
  return error;
}

/** What an error says about repeating; anything but an unavailable server is final. */
export function repeatOf(error: unknown): Repeat {
  return (error instanceof AppError ? repeats.get(error) : undefined) ?? "never";
}

/** Pauses before repetitions, in units of `retry_delay`. */
const PAUSES = [1, 2, 4];

/** How many units of `retry_delay` to wait before repetition `repetition` (from 0); undefined when there is none. */
export function pauseBefore(repetition: number, repeat: Repeat, safe: boolean): number | undefined {
  if (repeat === "never" || (repeat !== "untouched" && !safe)) return undefined;
  return repeat === "late" && repetition > 0 ? undefined : PAUSES[repetition];
}
