import type { BoundaryCheck, BoundaryResult } from "../../model/boundary.ts";
import { at } from "../document.ts";
import { isParameter, pathSegments } from "../infer.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { pagesOf, sizeParameter, withQuery } from "../paging.ts";
import { identifierOf, itemsOf } from "../session/answer.ts";
import { arrange, make } from "../session/arrange.ts";
import { isMakeable } from "../session/candidates.ts";
import {
  CannotArrange,
  call,
  isSuccess,
  newSession,
  type PreparedRequest,
  type Session,
  type TestSystem,
} from "../session/session.ts";
import { type Problem, violationOf } from "../violation.ts";

const WANTED = 3;
const MOST_PAGES = 12;

/** Lists that the contract pages: a size, and mostly a page, an offset or a cursor. */
export function pagedLists(system: TestSystem): Operation[] {
  return system.operations.filter(
    ({ action, path, service, parameters }) =>
      action === "list" &&
      !system.unavailable.has(service) &&
      !pathSegments(path).some(isParameter) &&
      sizeParameter({ parameters }) !== undefined,
  );
}

/** Ask a list for pages of one and two, and see that they are that long and add up to the whole. */
export async function checkPages(system: TestSystem, list: Operation): Promise<BoundaryResult> {
  const subject = `${endpointOf(list)} in pages`;
  const row = (verdict: BoundaryCheck["verdict"], reason: string): BoundaryCheck => ({
    topic: "page",
    services: [list.service],
    subject,
    verdict,
    reason,
  });
  try {
    const session = newSession(system);
    const request = await arrange(session, list);
    const there = await idsOf(session, list, request);
    if ((there?.ids.length ?? 0) < WANTED) await fill(session, list);
    const problem = await problemOf(session, list, request);
    if (problem === null) return { checks: [row("passed", "")], violations: [] };
    if ("skipped" in problem) return { checks: [row("skipped", problem.skipped)], violations: [] };
    const violation = violationOf(problem.problem, list, problem.request);
    return { checks: [row("failed", problem.problem.message)], violations: [violation] };
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return { checks: [row("skipped", `Not reached: ${cause.message}.`)], violations: [] };
  }
}

async function fill(session: Session, { entity, service }: Operation): Promise<void> {
  if (entity === null || !isMakeable(session.system, { entity, service })) return;
  for (let count = 0; count < WANTED; count += 1) await make(session, { entity, service });
}

type Verdict = null | { skipped: string } | { problem: Problem; request: PreparedRequest };

async function problemOf(session: Session, list: Operation, whole: PreparedRequest): Promise<Verdict> {
  const size = sizeParameter(list);
  const before = await idsOf(session, list, whole);
  if (size === undefined || before === undefined) return { skipped: "The list cannot be read." };
  if (before.ids.length < WANTED) return { skipped: `Only ${before.ids.length} items could be had.` };
  const most = Number(at(size.schema, "minimum") ?? 1);
  const few = Math.max(most, 1);
  if (few >= before.ids.length) return { skipped: "The smallest page holds everything there is." };
  const cut = withQuery(whole, { [size.name]: String(few) });
  const short = await idsOf(session, list, cut);
  if (short === undefined) return { skipped: "It refuses a small page." };
  const fail = (message: string, expected: string, actual: string, request: PreparedRequest): Verdict => ({
    problem: { code: "BOUNDARY-018", message, expected, actual, clause: `${list.pointer}/parameters` },
    request,
  });
  if (short.ids.length > few)
    return fail(`${size.name}=${few} is ignored.`, `at most ${few} items`, `${short.ids.length} items`, cut);
  const step = pagesOf(list, few);
  if (step === null) return null;
  const pages: string[] = [];
  let next: string | undefined = step.first;
  let last = cut;
  let asked = 0;
  for (let count = 0; count < MOST_PAGES && pages.length <= before.ids.length && next !== undefined; count += 1) {
    last = next === "" ? cut : withQuery(cut, { [step.name]: next });
    const page = await idsOf(session, list, last);
    asked += 1;
    if (page === undefined || page.ids.length === 0) break;
    pages.push(...page.ids);
    next = step.next(count, page.json);
  }
  const after = await idsOf(session, list, whole);
  if (after === undefined || after.ids.join() !== before.ids.join())
    return { skipped: "The list changed, or is in no fixed order." };
  const twice = pages.find((id, place) => pages.indexOf(id) !== place);
  if (twice !== undefined) return fail(`Pages by ${step.name} overlap.`, "each item once", `${twice} twice`, last);
  // The pages end where the list does, or where enough was asked.
  const isWhole = pages.length < asked * few;
  const missing = (isWhole ? before.ids : before.ids.slice(0, pages.length)).find((id) => !pages.includes(id));
  if (missing !== undefined)
    return fail(`Pages by ${step.name} leave items out.`, `all ${before.ids.length} items`, `without ${missing}`, last);
  return null;
}

async function idsOf(
  session: Session,
  list: Operation,
  request: PreparedRequest,
): Promise<{ ids: string[]; json: unknown } | undefined> {
  const outcome = await call(session, list, request);
  const items = isSuccess(outcome) ? itemsOf(outcome.json) : undefined;
  if (items === undefined || !isSuccess(outcome)) return undefined;
  const ids = items.map((item) => String(identifierOf(item, list.entity ?? "") ?? JSON.stringify(item)));
  return { ids, json: outcome.json };
}
