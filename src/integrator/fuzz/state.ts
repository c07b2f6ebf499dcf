import { type Exchange, statusOf, succeeded } from "./check/found.ts";
import type { Case, Phase, Values } from "./generate/case.ts";
import { exchange, type FuzzRun } from "./run.ts";
import { caseOf, openScene, type Scene } from "./scene.ts";
import type { FuzzBody, FuzzOperation } from "./spec/model.ts";

/** What is known of one operation and one of its media types in the course of a run. */
export interface OperationState {
  operation: FuzzOperation;
  scene: Scene;
  /** The first valid values, which others deviate from. */
  base: Values;
  /** A body with every property, which boundaries are looked for in. */
  full: unknown;
  /** Whether a valid request was answered with success. */
  accepted: boolean;
  successes: number;
  /** Valid requests that were refused as wrong, and the last of them. */
  refusals: number;
  refused: Exchange | null;
}

const MAX_MEDIA_TYPES = 3;
const BASE_TRIES = 3;

/** Seeds of operations must not depend on which others are tested. */
export function seedOf(run: FuzzRun, text: string): number {
  let hash = run.options.seed | 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return hash >>> 1;
}

/** Send a valid request to an operation, in each of its media types, so that it is known whether there is one. */
export async function openStates(run: FuzzRun, operation: FuzzOperation, phase: Phase): Promise<OperationState[]> {
  const bodies: (FuzzBody | null)[] =
    operation.bodies.length === 0 ? [null] : operation.bodies.slice(0, MAX_MEDIA_TYPES);
  const states: OperationState[] = [];
  for (const [index, body] of bodies.entries()) {
    if (run.signal.aborted) break;
    const scene = openScene(run, operation, body, seedOf(run, `${operation.name} ${index}`), phase);
    const state: OperationState = {
      operation,
      scene,
      base: await scene.fresh(),
      full: undefined,
      accepted: false,
      successes: 0,
      refusals: 0,
      refused: null,
    };
    for (let tried = 0; tried < BASE_TRIES && !state.accepted && !run.signal.aborted; tried += 1) {
      if (tried > 0) state.base = await scene.fresh(tried % 2 === 0);
      await sendValid(state, caseOf(operation, { phase, kind: "plausible", values: state.base, body }));
      if (state.refused !== null && [401, 403].includes(statusOf(state.refused))) break;
    }
    states.push(state);
  }
  return states;
}

/** Send a case that the contract allows and remember what became of it. */
export async function sendValid(state: OperationState, given: Case): Promise<Exchange | null> {
  const done = await exchange(state.scene.run, given);
  if (done === null) return null;
  const status = statusOf(done.exchange);
  if (succeeded(done.exchange)) {
    state.successes += 1;
    state.accepted = true;
  } else if (status >= 400 && status < 500) {
    if ([400, 405, 406, 415, 422].includes(status)) state.refusals += 1;
    state.refused = done.exchange;
  }
  return done.exchange;
}

/** Whether what an operation does uses up what it is done to, so that each request needs its own. */
export function usesUp({ operation }: FuzzOperation): boolean {
  return operation.action === "delete" || operation.action === "transition";
}

/** Values for one more valid request. */
export function nextValues(state: OperationState): Promise<Values> {
  return state.scene.fresh(false);
}

/** Whether a valid request must be accepted: others were, and nothing it refers to is made up. */
export function isCertain({ accepted, scene, operation }: OperationState): boolean {
  const { action, method } = operation.operation;
  // What is only read can be read again: the made-up values that were accepted are kept.
  return accepted && (!scene.assumed() || method === "GET") && action !== "login";
}
