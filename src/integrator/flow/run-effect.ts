import type { PlannedStep } from "../../model/flow.ts";
import { judge } from "../contract-check/verdict.ts";
import type { Operation } from "../operation.ts";
import { identifierOf } from "../session/answer.ts";
import { describeOutcome, isSuccess } from "../session/session.ts";
import { violationOf } from "../violation.ts";
import { blameForEffect } from "./blame-effect.ts";
import { eventually } from "./eventually.ts";
import { type FlowRun, stepRow } from "./run-state.ts";
import { look, type Sight } from "./sight.ts";

/** Ask until the effect of an event shows, or the time for it is over; then find out whose fault it is. */
export async function runEffect(run: FlowRun, step: PlannedStep, operation: Operation): Promise<void> {
  const { system } = run;
  let sight = await look(run, step, operation);
  const shows = () => isThere(step, sight);
  await eventually(
    async () => {
      if (!shows()) sight = await look(run, step, operation);
      return shows();
    },
    system.event_timeout_ms,
    system.signal,
  );
  run.seen.set(step.id, shows());
  const { request, outcome } = sight;
  if (!shows() && isSuccess(outcome)) {
    const blamed = await blameForEffect(run, step, operation, sight);
    const reason = blamed?.message ?? "It did not happen, and no contract says that it must.";
    run.steps.push(stepRow(step, operation, blamed === null ? "skipped" : "failed", reason, { request, outcome }));
    if (blamed !== null) run.violations.push(blamed);
    return;
  }
  const [fault] = isSuccess(outcome) && step.expect.contract ? judge(operation, outcome) : [];
  const problem =
    fault ??
    (shows()
      ? undefined
      : {
          message: describeOutcome(outcome),
          expected: `status ${step.expect.status.join(" or ")}`,
          actual: describeOutcome(outcome),
          clause: `${operation.pointer}/responses`,
        });
  if (problem !== undefined) {
    const message = `What shows the effect of ${step.event} cannot be read: ${problem.message}`;
    run.steps.push(stepRow(step, operation, "failed", message, { request, outcome }));
    run.violations.push(violationOf({ ...problem, code: "FLOW-001", message }, operation, request));
    return;
  }
  const item = sight.found.at(-1);
  const json = outcome.kind === "answer" ? outcome.json : undefined;
  run.values.set(step.id, {
    body: item ?? json,
    request: undefined,
    id: item && identifierOf(item, operation.entity ?? ""),
  });
  run.steps.push(stepRow(step, operation, "passed", "", { request, outcome }));
}

function isThere(step: PlannedStep, { outcome, found }: Sight): boolean {
  return isSuccess(outcome) && (step.expect.item === undefined || found.length > 0);
}
