import { sha256 } from "../../lib/ids.ts";
import type { FuzzStep, FuzzViolation } from "../../model/fuzz-report.ts";
import { INTEGRATION_CODES } from "../codes.ts";
import type { Exchange, Found } from "./check/found.ts";
import type { Credentials } from "./http/credentials.ts";
import { curlOf } from "./report/curl.ts";

export interface Findings {
  /** Add what was found by the last of the exchanges; false when its cause is known. */
  add(found: Found, exchanges: readonly Exchange[]): boolean;
  knows(found: Found, exchange: Exchange): boolean;
  /** Show a known finding by a smaller request. */
  simplify(found: Found, exchanges: readonly Exchange[]): void;
  all(): FuzzViolation[];
  readonly first_ms: () => number | null;
}

const BODY_SHOWN = 2000;
/** Of one operation, check and status; more are the same defect seen from many sides. */
const MAX_PER_GROUP = 12;

/** Findings of one run, one for each cause. */
export function createFindings(
  base: string,
  { secret, withoutKeys }: Pick<Credentials, "secret" | "withoutKeys">,
): Findings {
  const begin = performance.now();
  const known = new Map<string, FuzzViolation>();
  const about = new Map<FuzzViolation, About>();
  const groups = new Map<string, number>();
  let first: number | null = null;

  const entry = (found: Found, exchanges: readonly Exchange[], id: string): FuzzViolation | undefined => {
    const last = exchanges.at(-1);
    if (last === undefined) return undefined;
    const { operation, phase } = last.case;
    const { outcome } = last;
    const { cause: _cause, ...told } = found;
    return {
      ...told,
      severity: INTEGRATION_CODES[found.code].severity,
      method: last.wire.method,
      path: operation.operation.path,
      curl: last.authenticated
        ? curlOf(base, { ...last.wire, target: withoutKeys(last.wire.target) }, secret)
        : curlOf(base, last.wire, new Set()),
      phase,
      id,
      count: 1,
      steps: stepsOf(exchanges, { secret, withoutKeys }),
      response:
        outcome.kind === "answer"
          ? {
              status: outcome.status,
              headers: outcome.headers,
              body: outcome.body.subarray(0, BODY_SHOWN).toString("utf8"),
            }
          : null,
    };
  };
  const idOf = (found: Found, { case: given, wire }: Exchange) =>
    sha256([given.operation.name, wire.method, found.code, found.cause].join("\0")).slice(0, 12);

  return {
    knows: (found, exchange) => known.has(idOf(found, exchange)),
    add(found, exchanges) {
      const last = exchanges.at(-1);
      if (last === undefined) return false;
      const id = idOf(found, last);
      const before = known.get(id);
      if (before !== undefined) {
        before.count += 1;
        return false;
      }
      const group = `${last.case.operation.name} ${last.wire.method} ${found.check}`;
      const size = (groups.get(group) ?? 0) + 1;
      groups.set(group, size);
      if (size > MAX_PER_GROUP) return false;
      const made = entry(found, exchanges, id);
      if (made === undefined) return false;
      known.set(id, made);
      about.set(made, { entity: last.case.operation.operation.entity, cause: found.cause });
      first ??= Math.round(performance.now() - begin);
      return true;
    },
    simplify(found, exchanges) {
      const last = exchanges.at(-1);
      if (last === undefined) return;
      const id = idOf(found, last);
      const before = known.get(id);
      const made = before && entry(found, exchanges, id);
      if (before && made) Object.assign(before, made, { count: before.count, phase: before.phase });
    },
    all: () => withoutConsequences([...known.values()], about),
    first_ms: () => first,
  };
}

interface About {
  entity: string | null;
  cause: string;
}

/** What was wrongly accepted comes back in later answers: those are its consequences, not defects of their own. */
function withoutConsequences(all: FuzzViolation[], about: ReadonlyMap<FuzzViolation, About>): FuzzViolation[] {
  const words = (text: string) => text.split(/[/ ]/).filter((word) => word !== "" && word !== "body" && word !== "*");
  const accepted = all.filter(({ code }) => code === "STATUS-005").map((one) => about.get(one));
  return all.filter((one) => {
    const own = about.get(one);
    if (one.code !== "SCHEMA-001" || own === undefined || own.entity === null) return true;
    const [, pointer = ""] = own.cause.split(" ");
    return !accepted.some((other) => {
      if (other?.entity !== own.entity) return false;
      const [place = ""] = other.cause.split(" ");
      const names = words(place);
      return place === "body" || words(pointer).some((word) => names.includes(word));
    });
  });
}

/** The requests of a finding, with what was taken from an earlier answer marked, and secrets left out. */
function stepsOf(
  exchanges: readonly Exchange[],
  { secret, withoutKeys }: Pick<Credentials, "secret" | "withoutKeys">,
): FuzzStep[] {
  return exchanges.map(({ wire, authenticated, outcome }, index) => ({
    method: wire.method,
    target: authenticated ? withoutKeys(wire.target) : wire.target,
    headers: authenticated
      ? Object.fromEntries(Object.entries(wire.headers).filter(([name]) => !secret.has(name.toLowerCase())))
      : wire.headers,
    body: wire.body === null ? null : wire.body.toString("utf8"),
    credentials: authenticated,
    status: outcome.kind === "answer" ? outcome.status : null,
    bindings: bindingsOf(wire.target, exchanges.slice(0, index)),
  }));
}

function bindingsOf(target: string, before: readonly Exchange[]): FuzzStep["bindings"] {
  const segments = new Set(target.split(/[/?&=]/).filter((text) => text.length > 0));
  return before.flatMap(({ json }, step) =>
    scalars(json, "").flatMap(({ pointer, value }) => {
      const text = encodeURIComponent(String(value));
      return segments.has(text) && /id$|uuid|key|slug|name$/i.test(pointer) ? [{ text, step, pointer }] : [];
    }),
  );
}

function scalars(value: unknown, pointer: string, depth = 0): { pointer: string; value: unknown }[] {
  if (value === null || typeof value !== "object") return [{ pointer, value }];
  if (depth > 3 || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => scalars(inner, `${pointer}/${key}`, depth + 1));
}
