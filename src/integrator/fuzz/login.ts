import { ownToken } from "../session/arrange.ts";
import { CannotArrange } from "../session/session.ts";
import { clientCredentials } from "./http/credentials.ts";
import type { FuzzRun } from "./run.ts";
import { openSession } from "./scene.ts";
import type { FuzzOperation } from "./spec/model.ts";
import { seedOf } from "./state.ts";

const RENEWALS = 50;
const PAUSE_MS = 500;
const RETRIES = 3;

/**
 * Come by credentials: given ones, OAuth2 client credentials, or the registration and login that the contract itself
 * offers. What stays without is tested without, and said. Errors: those of the token endpoint.
 */
export async function logIn(
  run: FuzzRun,
  means: { renew: (() => Promise<boolean>) | null; oauth2: string | undefined },
): Promise<void> {
  const { oauth2 } = means;
  let round = 0;
  const flow = async (): Promise<string | undefined> => {
    if (oauth2 !== undefined) return clientCredentials(run.client, run.spec, oauth2);
    const secured = run.spec.operations.find((operation) => !operation.open);
    if (secured === undefined) return undefined;
    for (const { operation, open } of run.spec.operations) operation.secured = !open;
    const first = round + 1;
    for (;;) {
      round += 1;
      try {
        return await anew(run, secured, round);
      } catch (cause) {
        if (run.signal.aborted) return undefined;
        if (!(cause instanceof CannotArrange)) throw cause;
        // A service that keeps its data may know the made-up names of an earlier run with the same seed.
        if (round - first < RETRIES && cause.message.includes("status 409")) continue;
        run.notes.add(
          `Secured operations were called without credentials: ${cause.message}. Give --bearer, --basic, --api-key or --header.`,
        );
        return undefined;
      }
    }
  };
  const needy = run.spec.operations.some((operation) => !run.credentials.satisfies(operation));
  if (oauth2 !== undefined || needy) {
    const token = await flow();
    if (token !== undefined) {
      run.credentials.use(token);
      let last = 0;
      let renewals = 0;
      let pending: Promise<boolean> | null = null;
      const renew = async () => {
        renewals += 1;
        last = performance.now();
        const fresh = await flow();
        settle(run);
        if (fresh !== undefined) run.credentials.use(fresh);
        return fresh !== undefined;
      };
      means.renew = () => {
        if (pending !== null) return pending;
        if (renewals >= RENEWALS || performance.now() - last < PAUSE_MS) return Promise.resolve(false);
        pending = renew().finally(() => {
          pending = null;
        });
        return pending;
      };
    }
  }
  settle(run);
}

/** Register and log in as somebody new, and be that one in the services around. Throws `CannotArrange`. */
async function anew(run: FuzzRun, secured: FuzzOperation, round: number): Promise<string> {
  const session = openSession(run, seedOf(run, `login ${round}`), "stateful", { stranger: true });
  const token = await ownToken(session, secured.operation);
  if (run.surroundings !== undefined)
    for (const [key, made] of session.made) if (made.identity !== null) run.identities.set(key, made);
  return token;
}

/** What can be called with credentials needs no login of its own any more. */
function settle(run: FuzzRun): void {
  for (const one of run.spec.operations) one.operation.secured = !run.credentials.satisfies(one);
}
