import { arrange, make, ownToken } from "../../session/arrange.ts";
import { isMakeable, registrationFor } from "../../session/candidates.ts";
import { CannotArrange, type Session } from "../../session/session.ts";
import { describeExchange, type Exchange, statusOf, succeeded } from "../check/found.ts";
import { type FuzzRun, sendJudged } from "../run.ts";
import { caseOf, openSession, valuesOf } from "../scene.ts";
import type { FuzzOperation } from "../spec/model.ts";
import { seedOf } from "../state.ts";

/**
 * Whether one user's things are kept from another. Only asked where the contract documents a 403, users can register,
 * and what was created names its creator: elsewhere sharing may be meant.
 */
export async function checkOwnership(run: FuzzRun, tested: readonly FuzzOperation[]): Promise<void> {
  const guarded = tested.filter(
    ({ open, responses, operation }) =>
      !open &&
      operation.action === "get" &&
      operation.entity !== null &&
      responses.some(({ status }) => status === "403"),
  );
  if (guarded.length === 0 || !run.options.checks.has("auth_enforced")) return;
  const sessions = ["one", "two"].map((who) =>
    openSession(run, seedOf(run, `ownership ${who}`), "stateful", { stranger: true }),
  );
  const [mine, other] = sessions;
  if (mine === undefined || other === undefined || registrationFor(mine.system, "") === undefined) return;
  const secured = new Map(run.spec.operations.map(({ operation, open }) => [operation, !open]));
  for (const session of sessions)
    session.system.operations = session.system.operations.map((operation) => ({
      ...operation,
      secured: secured.get(operation) ?? false,
    }));
  for (const get of guarded) {
    if (run.signal.aborted) return;
    try {
      await lookAt(run, get, mine, other);
    } catch (cause) {
      if (!(cause instanceof CannotArrange)) throw cause;
    }
  }
}

async function lookAt(run: FuzzRun, get: FuzzOperation, mine: Session, other: Session): Promise<void> {
  const wanted = { entity: get.operation.entity ?? "", service: get.operation.service };
  if (!isMakeable(mine.system, wanted)) return;
  const own = { ...get.operation, secured: true };
  const token = await ownToken(mine, own);
  const resource = await make(mine, wanted);
  const me = [...mine.made.values()].find(({ identity }) => identity !== null);
  const isMine = Object.entries(resource.body).some(
    ([name, value]) => me !== undefined && name !== "id" && value === me.id,
  );
  if (!isMine) return;
  const request = await arrange(mine, own, { target: resource });
  const foreign = await ownToken(other, own);
  if (foreign === token) return;
  const ask = (bearer: string) =>
    sendJudged(
      run,
      caseOf(get, {
        phase: "stateful",
        kind: "plausible",
        values: valuesOf(get, request),
        body: null,
        credentials: "none",
      }),
      {
        method: request.method,
        target: request.path,
        headers: { accept: "application/json", authorization: `Bearer ${bearer}` },
        body: null,
      },
    );
  const allowed = await ask(token);
  const taken = await ask(foreign);
  if (allowed === null || taken === null || !succeeded(allowed.exchange) || !succeeded(taken.exchange)) return;
  const shown: Exchange = { ...taken.exchange, authenticated: true };
  run.findings.add(
    {
      code: "AUTH-003",
      check: "auth_enforced",
      message: `Another user got ${statusOf(taken.exchange)} for what names its owner.`,
      expected: "status 403 or 404",
      actual: describeExchange(taken.exchange),
      clause: `${get.operation.pointer}/responses/403`,
      cause: "another user",
    },
    [shown],
  );
}
