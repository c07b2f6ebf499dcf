import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { Comparison, Placed, Where } from "./comparison.ts";
import { compareContent, hasContent } from "./media.ts";
import { isWrittenDifferently, parametersOf, styleText } from "./parameters.ts";
import { PLACES } from "./places.ts";
import { headersOf } from "./responses.ts";
import { child, own } from "./source.ts";

const KINDS = {
  webhook: {
    parameter: PLACES.webhookParameter,
    body: PLACES.webhookBody,
    response: PLACES.webhookResponse,
    header: PLACES.webhookResponseHeader,
  },
  callback: {
    parameter: PLACES.callbackParameter,
    body: PLACES.callbackBody,
    response: PLACES.callbackResponse,
    header: PLACES.callbackResponseHeader,
  },
} as const;

export type Kind = keyof typeof KINDS;

export interface Sending {
  item: Placed;
  operation: Placed;
}

/** Compare one request that the API sends, and the answers it understands. */
export function compareSending(comparison: Comparison, kind: Kind, where: Where, old: Sending, now: Sending): void {
  const { tell, isSame } = comparison;
  const differs = (from: Placed, to: Placed, key: string) => !isSame(own(from.node, key), own(to.node, key));
  if (differs(old.item, now.item, "parameters") || differs(old.operation, now.operation, "parameters"))
    compareSent(comparison, kind, where, old, now);
  const before = child(comparison.old, old.operation, "requestBody");
  const after = child(comparison.new, now.operation, "requestBody");
  if (hasContent(before) && !hasContent(after))
    tell(`${kind}-body-removed`, where, now.operation.at, `The ${kind} has no body any more.`);
  else if (!hasContent(before) && hasContent(after))
    tell(`${kind}-body-added`, where, after.at, `The ${kind} has a body now.`);
  else {
    const [was, is] = [before.node.required === true, after.node.required === true];
    if (was !== is && hasContent(after))
      tell(
        `${kind}-body-became-${is ? "required" : "optional"}`,
        where,
        after.at,
        `The body of the ${kind} is ${is ? "always sent" : "not always sent any more"}.`,
        was,
        is,
      );
    compareContent(comparison, where, before, after, {
      place: KINDS[kind].body,
      subject: `the ${kind} body`,
      removed: `${kind}-media-type-removed`,
      added: `${kind}-media-type-added`,
      parameters: `${kind}-media-type-parameters-changed`,
    });
  }
  if (differs(old.operation, now.operation, "responses"))
    compareAnswers(comparison, kind, where, old.operation, now.operation);
}

function compareSent(comparison: Comparison, kind: Kind, where: Where, old: Sending, now: Sending): void {
  const { tell } = comparison;
  const olds = parametersOf(comparison.old, old.item, old.operation, "");
  const news = parametersOf(comparison.new, now.item, now.operation, "");
  for (const [key, before] of olds) {
    const after = news.get(key);
    const what = `The ${before.in} parameter \`${before.name}\` of the ${kind}`;
    if (!after) {
      tell(
        `${before.required ? "required" : "optional"}-${kind}-parameter-removed`,
        where,
        before.at,
        `${what} is gone.`,
        before.name,
      );
      continue;
    }
    if (before.required !== after.required)
      tell(
        `${kind}-parameter-became-${after.required ? "required" : "optional"}`,
        where,
        after.at,
        `${what} is ${after.required ? "always" : "not always"} sent now.`,
      );
    if (isWrittenDifferently(comparison, before, after))
      tell(
        `${kind}-parameter-style-changed`,
        where,
        after.at,
        `${what} is written with ${styleText(after)}, not ${styleText(before)}.`,
      );
    comparison.schemas(
      KINDS[kind].parameter,
      where,
      `the ${after.in} parameter \`${after.name}\` of the ${kind}`,
      before.schema,
      after.schema,
    );
  }
  for (const [key, after] of news)
    if (!olds.has(key))
      tell(
        `${kind}-parameter-added`,
        where,
        after.at,
        `The ${after.in} parameter \`${after.name}\` of the ${kind} is new.`,
        undefined,
        after.name,
      );
}

/** What the receiver may answer. */
function compareAnswers(comparison: Comparison, kind: Kind, where: Where, old: Placed, now: Placed): void {
  const { tell } = comparison;
  const answers = (source: Comparison["old"], operation: Placed) => {
    const holder = child(source, operation, "responses");
    return new Map(
      Object.entries(holder.node).map(([status, value]) => [
        status.toUpperCase(),
        source.resolve(value, holder.at + pointerPart(status)),
      ]),
    );
  };
  const olds = answers(comparison.old, old);
  const news = answers(comparison.new, now);
  for (const [status, before] of olds) {
    const after = news.get(status) ?? news.get(`${status[0]}XX`);
    if (!after) {
      if (status.startsWith("2"))
        tell(
          `${kind}-response-status-removed`,
          where,
          before.at,
          `The answer ${status} is no longer understood.`,
          status,
        );
      continue;
    }
    const subject = `the ${status} answer`;
    if (!hasContent(before) && hasContent(after))
      tell(`${kind}-response-body-demanded`, where, after.at, `The ${status} answer must have a body now.`);
    else if (hasContent(before) && !hasContent(after))
      tell(`${kind}-response-body-dropped`, where, after.at, `The ${status} answer needs no body any more.`);
    else
      compareContent(comparison, where, before, after, {
        place: KINDS[kind].response,
        subject,
        removed: `${kind}-response-media-type-removed`,
        added: `${kind}-response-media-type-added`,
        parameters: `${kind}-response-media-type-parameters-changed`,
      });
    compareAnswerHeaders(comparison, kind, where, subject, before, after);
  }
  for (const [status, after] of news)
    if (!olds.has(status) && status.startsWith("2"))
      tell(
        `${kind}-response-status-added`,
        where,
        after.at,
        `The answer ${status} is understood too.`,
        undefined,
        status,
      );
}

function compareAnswerHeaders(
  comparison: Comparison,
  kind: Kind,
  where: Where,
  subject: string,
  old: Placed,
  now: Placed,
): void {
  const { tell } = comparison;
  const olds = headersOf(comparison.old, old);
  const news = headersOf(comparison.new, now);
  for (const [key, before] of olds) {
    const after = news.get(key);
    const what = `The header ${before.name} of ${subject}`;
    if (!after) {
      tell(`${kind}-response-header-removed`, where, before.at, `${what} is no longer read.`, before.name);
      continue;
    }
    if (before.required !== after.required)
      tell(
        `${kind}-response-header-became-${after.required ? "required" : "optional"}`,
        where,
        after.at,
        `${what} is ${after.required ? "demanded" : "not demanded any more"}.`,
      );
    if (isWrittenDifferently(comparison, before, after))
      tell(
        `${kind}-response-header-style-changed`,
        where,
        after.at,
        `${what} is written with ${styleText(after)}, not ${styleText(before)}.`,
      );
    comparison.schemas(
      KINDS[kind].header,
      where,
      `the header ${after.name} of ${subject}`,
      before.schema,
      after.schema,
    );
  }
  for (const [key, after] of news)
    if (!olds.has(key))
      tell(
        `${after.required ? "required" : "optional"}-${kind}-response-header-added`,
        where,
        after.at,
        `The header ${after.name} of ${subject} is new.`,
        undefined,
        after.name,
      );
}
