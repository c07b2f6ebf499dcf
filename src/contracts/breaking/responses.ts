import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { Comparison, Placed, Where } from "./comparison.ts";
import { compareContent, hasContent } from "./media.ts";
import { isWrittenDifferently, parameterOf, styleText } from "./parameters.ts";
import { PLACES } from "./places.ts";
import { child, entriesAt } from "./source.ts";

interface Response extends Placed {
  status: string;
}

/** Compare what an operation answers. A status that a range (2XX) takes in is not gone. */
export function compareResponses(comparison: Comparison, where: Where, old: Placed, now: Placed): void {
  const olds = responsesOf(comparison.old, old);
  const news = responsesOf(comparison.new, now);
  const used = new Set<Response>();
  for (const before of olds.values()) {
    const after = news.get(before.status) ?? news.get(rangeOf(before.status));
    if (after) {
      used.add(after);
      compareResponse(comparison, where, before, after);
      continue;
    }
    const inside = [...news.values()].filter(({ status }) => rangeOf(status) === before.status);
    for (const each of inside) {
      used.add(each);
      compareResponse(comparison, where, before, each);
    }
    if (inside.length > 0) continue;
    const id = isSuccess(before.status, olds) ? "response-success-status-removed" : "response-error-status-removed";
    comparison.tell(id, where, before.at, `The response ${before.status} is gone.`, before.status);
  }
  for (const after of news.values()) {
    if (used.has(after) || olds.has(after.status)) continue;
    const id = isSuccess(after.status, news) ? "response-success-status-added" : "response-error-status-added";
    comparison.tell(id, where, after.at, `There is a new response ${after.status}.`, undefined, after.status);
  }
}

function responsesOf(source: Comparison["old"], operation: Placed): Map<string, Response> {
  const holder = child(source, operation, "responses");
  return new Map(
    Object.entries(holder.node)
      .filter(([status]) => !status.startsWith("x-"))
      .map(([status, value]) => {
        const key = status.toUpperCase();
        return [key, { ...source.resolve(value, holder.at + pointerPart(status)), status: key }];
      }),
  );
}

function rangeOf(status: string): string {
  return /^\d\d\d$/.test(status) ? `${status[0]}XX` : "";
}

/** `default` stands for success when no status of success is listed. */
function isSuccess(status: string, all: Map<string, Response>): boolean {
  if (status === "DEFAULT") return ![...all.keys()].some((each) => each.startsWith("2"));
  return status.startsWith("2");
}

function compareResponse(comparison: Comparison, where: Where, before: Response, after: Response): void {
  const subject = `the ${after.status} response`;
  if (hasContent(before) && !hasContent(after))
    comparison.tell("response-body-removed", where, after.at, `The ${after.status} response has no body any more.`);
  else if (!hasContent(before) && hasContent(after))
    comparison.tell("response-body-added", where, after.at, `The ${after.status} response has a body now.`);
  else
    compareContent(comparison, where, before, after, {
      place: PLACES.responseBody,
      subject,
      removed: "response-media-type-removed",
      added: "response-media-type-added",
      parameters: "response-media-type-parameters-changed",
      widened: "response-media-type-widened",
      specialized: "response-media-type-specialized",
    });
  compareHeaders(comparison, where, subject, before, after);
}

/** Headers by their names without case; Content-Type is described by `content`. */
export function headersOf(source: Comparison["old"], response: Placed) {
  return new Map(
    entriesAt(response.node, "headers")
      .filter(([name]) => name.toLowerCase() !== "content-type")
      .map(([name, value]) => {
        const { node, at } = source.resolve(value, `${response.at}/headers${pointerPart(name)}`);
        return [name.toLowerCase(), parameterOf(node, at, name, "header")] as const;
      }),
  );
}

function compareHeaders(comparison: Comparison, where: Where, subject: string, old: Placed, now: Placed): void {
  const { tell } = comparison;
  const olds = headersOf(comparison.old, old);
  const news = headersOf(comparison.new, now);
  for (const [key, before] of olds) {
    const after = news.get(key);
    const what = `The header ${before.name} of ${subject}`;
    if (!after) {
      const id = before.required ? "required-response-header-removed" : "optional-response-header-removed";
      tell(id, where, before.at, `${what} is gone.`, before.name);
      continue;
    }
    if (before.required && !after.required)
      tell("response-header-became-optional", where, after.at, `${what} need not be there any more.`, true, false);
    if (!before.required && after.required)
      tell("response-header-became-required", where, after.at, `${what} is always there now.`, false, true);
    if (before.node.deprecated !== true && after.node.deprecated === true)
      tell("response-header-deprecated", where, after.at, `${what} is deprecated.`);
    if (isWrittenDifferently(comparison, before, after))
      tell(
        "response-header-style-changed",
        where,
        after.at,
        `${what} is written with ${styleText(after)}, not ${styleText(before)}.`,
      );
    comparison.schemas(
      PLACES.responseHeader,
      where,
      `the header ${after.name} of ${subject}`,
      before.schema,
      after.schema,
    );
  }
  for (const [key, after] of news)
    if (!olds.has(key))
      tell(
        "response-header-added",
        where,
        after.at,
        `The header ${after.name} of ${subject} is new.`,
        undefined,
        after.name,
      );
}
