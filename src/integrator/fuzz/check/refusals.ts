import type { FuzzRun } from "../run.ts";
import type { OperationState } from "../state.ts";
import { describeExchange, statusOf } from "./found.ts";

const ENOUGH = 3;

/** An operation that refuses everything its contract allows asks for something the contract does not say. */
export function concludeRefusals(run: FuzzRun, states: readonly OperationState[]): void {
  if (!run.options.checks.has("positive_data_accepted")) return;
  for (const { operation, accepted, refusals, refused, scene } of states) {
    const { action, pointer } = operation.operation;
    const domain =
      action === "login" || action === "transition" || (action === "custom" && operation.operation.path.includes("{"));
    if (accepted || refused === null || domain || scene.assumed() || scene.reason() !== "") continue;
    const status = statusOf(refused);
    const closed = operation.open && status === 401 && run.spec.schemes.size > 0;
    if (!closed && (refusals < ENOUGH || ![400, 405, 406, 415, 422].includes(status))) continue;
    run.findings.add(
      {
        code: "STATUS-004",
        check: "positive_data_accepted",
        message: closed
          ? "Credentials are asked for, which the contract does not."
          : `No valid request was accepted; the last was refused with ${status}.`,
        expected: "success for some request that the contract allows",
        actual: describeExchange(refused),
        clause: pointer,
        cause: "always",
      },
      [refused],
    );
  }
}
