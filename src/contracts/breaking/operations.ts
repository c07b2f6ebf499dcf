import type { Comparison, Placed, Where } from "./comparison.ts";
import { sunsetOf } from "./deprecation.ts";
import { compareContent } from "./media.ts";
import { compareCallbacks } from "./outgoing.ts";
import { compareParameters, parametersOf } from "./parameters.ts";
import { PLACES } from "./places.ts";
import { compareResponses } from "./responses.ts";
import { compareSecurity } from "./security.ts";
import { child, own } from "./source.ts";

/** An operation with the path it belongs to. */
export interface Operation {
  path: string;
  item: Placed;
  operation: Placed;
}

/** Compare one operation that clients call. Gives the names of the security schemes it used. */
export function compareOperation(comparison: Comparison, where: Where, old: Operation, now: Operation): string[] {
  if (!saysTheSame(comparison, old, now)) compareParts(comparison, where, old, now);
  return compareSecurity(comparison, where, old.operation, now.operation);
}

/** Path parameters are compared by their position, so that the path itself counts too. */
function saysTheSame({ isSame }: Comparison, old: Operation, now: Operation): boolean {
  return (
    old.path === now.path &&
    isSame(own(old.item.node, "parameters"), own(now.item.node, "parameters")) &&
    isSame(old.operation.node, now.operation.node)
  );
}

function compareParts(comparison: Comparison, where: Where, old: Operation, now: Operation): void {
  lifecycle(comparison, where, old.operation, now.operation);
  const [from, to] = [own(old.operation.node, "operationId"), own(now.operation.node, "operationId")];
  if (from !== undefined && from !== to)
    comparison.tell(
      "operation-id-changed",
      where,
      now.operation.at,
      `The operationId went from ${String(from)} to ${String(to ?? "none")}.`,
      from,
      to,
    );
  compareParameters(
    comparison,
    where,
    PLACES.parameter,
    parametersOf(comparison.old, old.item, old.operation, old.path),
    parametersOf(comparison.new, now.item, now.operation, now.path),
  );
  compareBody(comparison, where, old.operation, now.operation);
  if (!comparison.isSame(own(old.operation.node, "responses"), own(now.operation.node, "responses")))
    compareResponses(comparison, where, old.operation, now.operation);
  compareCallbacks(comparison, where, old.operation, now.operation);
}

function compareBody(comparison: Comparison, where: Where, old: Placed, now: Placed): void {
  const before = child(comparison.old, old, "requestBody");
  const after = child(comparison.new, now, "requestBody");
  const [was, is] = [own(old.node, "requestBody") !== undefined, own(now.node, "requestBody") !== undefined];
  const required = after.node.required === true;
  if (was !== is) {
    const id = was ? "request-body-removed" : required ? "required-request-body-added" : "optional-request-body-added";
    const told = was
      ? "There is no request body any more."
      : `There is a request body now${required ? ", and it is required" : ""}.`;
    comparison.tell(id, where, was ? now.at : after.at, told);
  }
  if (!was || !is) return;
  if (before.node.required !== true && required)
    comparison.tell("request-body-became-required", where, after.at, "The request body is required now.", false, true);
  if (before.node.required === true && !required)
    comparison.tell(
      "request-body-became-optional",
      where,
      after.at,
      "The request body is not required any more.",
      true,
      false,
    );
  compareContent(comparison, where, before, after, {
    place: PLACES.requestBody,
    subject: "the request body",
    removed: "request-media-type-removed",
    added: "request-media-type-added",
    parameters: "request-media-type-parameters-changed",
    encoding: "request-encoding-changed",
  });
}

const STABILITY = ["draft", "alpha", "beta", "stable"];

function lifecycle({ tell }: Comparison, where: Where, { node: old }: Placed, { node: now, at }: Placed): void {
  const [was, is] = [old.deprecated === true, now.deprecated === true];
  const [from, to] = [sunsetOf(old["x-sunset"]), sunsetOf(now["x-sunset"])];
  const date = to.kind === "date" ? to.text : undefined;
  if (!was && is)
    tell(
      "operation-deprecated",
      where,
      at,
      `The operation is deprecated${date ? `; it ends at ${date}` : ""}.`,
      undefined,
      date,
    );
  if (was && !is) tell("operation-reactivated", where, at, "The operation is not deprecated any more.");
  if (is && to.kind === "unreadable" && from.kind !== "unreadable")
    tell(
      "operation-sunset-moved-forward",
      where,
      at,
      `The end of the operation, ${to.text}, is no date.`,
      undefined,
      to.text,
    );
  else if (was && is && from.kind === "date" && to.kind === "none")
    tell(
      "operation-sunset-removed",
      where,
      at,
      `The end of the operation, ${from.text}, is no longer announced.`,
      from.text,
    );
  else if (was && is && from.kind === "none" && to.kind === "date")
    tell("operation-sunset-announced", where, at, `The operation ends at ${to.text}.`, undefined, to.text);
  else if (was && is && from.kind === "date" && to.kind === "date" && from.time !== to.time)
    tell(
      to.time < from.time ? "operation-sunset-moved-forward" : "operation-sunset-postponed",
      where,
      at,
      `The end of the operation went from ${from.text} to ${to.text}.`,
      from.text,
      to.text,
    );
  const [before, after] = [old["x-stability-level"], now["x-stability-level"]].map((level) =>
    STABILITY.indexOf(String(level ?? "stable")),
  );
  if (before === undefined || after === undefined || before < 0 || after < 0 || before === after) return;
  tell(
    after < before ? "operation-stability-lowered" : "operation-stability-raised",
    where,
    at,
    `x-stability-level went from ${STABILITY[before]} to ${STABILITY[after]}.`,
    STABILITY[before],
    STABILITY[after],
  );
}
