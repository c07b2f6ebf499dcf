import { setFlagsFromString } from "node:v8";

let isOneShot = false;

/**
 * For a process that does a few hundred milliseconds of work and ends: V8 leaves functions as its quick compilers made
 * them, since optimizing them takes more processor time than is left to win it back. Heavy work undoes it, see
 * `compiledAsUsual`.
 */
export function oneShot(): void {
  if (isOneShot) return;
  isOneShot = true;
  setFlagsFromString("--no-opt");
}

/** Work that takes seconds begins, whoever thought it would not: functions that run often are optimized again. */
export function compiledAsUsual(): void {
  if (!isOneShot) return;
  isOneShot = false;
  setFlagsFromString("--opt");
}
