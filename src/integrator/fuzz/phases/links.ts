import { lookUp } from "../../document.ts";
import { documentedResponse } from "../check/conformance.ts";
import { describeExchange, type Exchange, statusOf, succeeded } from "../check/found.ts";
import type { Values } from "../generate/case.ts";
import { exchange, type FuzzRun } from "../run.ts";
import { caseOf, openScene } from "../scene.ts";
import type { FuzzLink, FuzzOperation } from "../spec/model.ts";
import { seedOf } from "../state.ts";

/** Ask what a response's links offer (OpenAPI 3.1, 4.8.20): what a success points at must be there. */
export async function followLinks(run: FuzzRun, from: FuzzOperation, origin: Exchange | undefined): Promise<void> {
  if (origin === undefined || !succeeded(origin)) return;
  for (const link of documentedResponse(from, statusOf(origin))?.links ?? []) {
    const target = targetOf(run, link);
    if (target === undefined || target.operation.action === "delete" || run.signal.aborted) continue;
    const body = target.bodies[0] ?? null;
    const scene = openScene(run, target, body, seedOf(run, `link ${from.name} ${link.name}`), "stateful");
    const values: Values = structuredClone(await scene.fresh());
    let complete = true;
    for (const [key, expression] of Object.entries(link.parameters)) {
      const [, place, plain = key] = /^(path|query|header|cookie)\.(.+)$/.exec(key) ?? [];
      const parameter = target.parameters.find(
        (one) => one.name === plain && (place === undefined || one.in === place),
      );
      const value = evaluate(expression, origin);
      if (parameter === undefined || value === undefined) complete = false;
      else values[parameter.in] = { ...values[parameter.in], [parameter.name]: value };
    }
    if (!complete) continue;
    if (link.body !== undefined && body !== null) values.body = evaluate(link.body, origin) ?? values.body;
    const done = await exchange(
      run,
      caseOf(target, { phase: "stateful", kind: "plausible", values, body, what: `link ${link.name}` }),
      [origin],
    );
    const status = done === null ? 0 : statusOf(done.exchange);
    if (done === null || (status !== 404 && status !== 410) || !run.options.checks.has("available_after_creation"))
      continue;
    const found = {
      code: "STATE-003" as const,
      check: "available_after_creation" as const,
      message: `The link ${link.name} of ${from.name} leads to ${status}.`,
      expected: "the linked resource",
      actual: describeExchange(done.exchange),
      clause: `${from.operation.pointer}/responses`,
      cause: `link ${link.name}`,
    };
    run.findings.add(found, [origin, done.exchange]);
  }
}

function targetOf({ spec }: FuzzRun, { operation_id, operation_ref }: FuzzLink): FuzzOperation | undefined {
  if (operation_id !== null) return spec.operations.find(({ operation }) => operation.id === operation_id);
  if (operation_ref === null || !operation_ref.startsWith("#")) return undefined;
  return spec.operations.find(({ operation }) => `#${operation.pointer}` === operation_ref);
}

/** A runtime expression such as `$response.body#/id`; what is no expression is the value itself. */
function evaluate(expression: unknown, { case: given, json, outcome, wire }: Exchange): unknown {
  if (typeof expression !== "string" || !expression.startsWith("$")) return expression;
  if (expression === "$url") return wire.target;
  if (expression === "$method") return wire.method;
  if (expression === "$statusCode") return outcome.kind === "answer" ? outcome.status : undefined;
  const [, side, rest = ""] = /^\$(request|response)\.(.+)$/.exec(expression) ?? [];
  if (rest.startsWith("body")) return lookUp(side === "response" ? json : given.values.body, rest.slice(4));
  const [, place, name = ""] = /^(path|query|header)\.(.+)$/.exec(rest) ?? [];
  if (side === "response")
    return outcome.kind === "answer" && place === "header" ? outcome.headers[name.toLowerCase()] : undefined;
  return place === "path" || place === "query" || place === "header" ? given.values[place][name] : undefined;
}
