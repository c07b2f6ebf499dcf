import type { OutlineEndpoint } from "../outline.ts";
import { type Document, serviceOf } from "./document.ts";
import { codeEndpoints } from "./endpoint-code.ts";
import { applyAside, applyBlocks, applyText } from "./endpoint-details.ts";
import { declaring, draft, type EndpointDraft, type Place } from "./endpoint-draft.ts";
import { prefixPath } from "./endpoint-prefix.ts";
import { tableEndpoints } from "./endpoint-tables.ts";
import { openapiEndpoints } from "./openapi.ts";
import { leadingRoutes, pathShape } from "./paths.ts";
import { codeSpans, labelled, plain, sentences } from "./text.ts";
import { nearestTopic, topicOf, within } from "./topics.ts";
import { ancestry, type Block, type Item, type Line, type Section } from "./tree.ts";

/** The endpoints that the PRD declares: a heading, bullet, line of code, table row or OpenAPI operation each. */
export function readEndpoints(document: Document): EndpointDraft[] {
  const drafts = document.sections.flatMap((section) => fromSection(section, document));
  const declared = drafts.filter((draft) => draft.declared);
  for (const each of declared) prefixPath(each);
  const merged = mergeDrafts(declared.length > 0 ? declared : drafts);
  const known = new Map(merged.map((draft) => [shapeKey(draft.endpoint), draft.endpoint]));
  for (const { endpoint, declared: own } of drafts) {
    const same = known.get(shapeKey(endpoint));
    if (!own && same !== undefined) same.auth ??= endpoint.auth;
  }
  return merged;
}

function shapeKey(endpoint: OutlineEndpoint): string {
  return `${endpoint.method} ${pathShape(endpoint.path)}`;
}

/** Same method and path in one service is one endpoint; one without owner joins the one that has an owner. */
function mergeDrafts(drafts: readonly EndpointDraft[]): EndpointDraft[] {
  const byRoute = new Map<string, EndpointDraft[]>();
  for (const next of drafts) {
    const id = shapeKey(next.endpoint);
    const same = byRoute.get(id) ?? [];
    const known = same.find(
      ({ endpoint }) =>
        endpoint.owner === next.endpoint.owner || endpoint.owner === null || next.endpoint.owner === null,
    );
    if (known !== undefined) {
      join(known.endpoint, next.endpoint);
      continue;
    }
    same.push(next);
    byRoute.set(id, same);
  }
  return [...byRoute.values()].flat().sort((a, b) => a.endpoint.line - b.endpoint.line);
}

function join(into: OutlineEndpoint, from: OutlineEndpoint): void {
  into.owner ??= from.owner;
  into.summary ||= from.summary;
  into.request ??= from.request;
  into.auth ??= from.auth;
  for (const parameter of from.query)
    if (!into.query.some((each) => each.name === parameter.name)) into.query.push(parameter);
  for (const response of from.responses) {
    const same = into.responses.find((each) => each.status === response.status);
    if (same === undefined) into.responses.push(response);
    else same.shape ??= response.shape;
  }
}

function fromSection(section: Section, document: Document): EndpointDraft[] {
  const owner = serviceOf(section, document) ?? namedAfter(section, document);
  const heading = leadingRoutes(section.title);
  if (heading !== null && topicOf(section) === "endpoint") {
    const drafts = heading.routes.map((route) =>
      draft(route, ownerIn(heading.rest, document) ?? owner, section, section.line),
    );
    for (const { endpoint } of drafts) {
      applyText(endpoint, heading.rest);
      applyBlocks(endpoint, section.blocks);
      for (const child of section.children) applyAside(endpoint, plain(child.title), child.blocks);
    }
    return drafts;
  }
  if (section.parent !== null && topicOf(section.parent) === "endpoint") return [];
  return fromBlocks(section.blocks, { section, owner, document });
}

/** Below "API Endpoints" a heading "Catalog" stands for the Catalog Service. */
function namedAfter(section: Section, document: Document): string | null {
  if (!within(section, "endpoints")) return null;
  for (const each of ancestry(section)) {
    const named = topicOf(each) === null && each.title.length <= 40 ? document.names.resolve(each.title) : null;
    if (named !== null) return named;
  }
  return null;
}

function fromBlocks(blocks: readonly Block[], place: Place): EndpointDraft[] {
  let here = place;
  return blocks.flatMap((block, index) => {
    if (block.kind === "paragraph") {
      const named = ownerLine(block.lines, place.document);
      if (named !== null) here = { ...place, owner: named };
      return [...fromLines(block.lines, blocks.slice(index + 1), here), ...fromProse(block.lines, here)];
    }
    if (block.kind === "list") return block.items.flatMap((item) => fromItem(item, here));
    if (block.kind === "table") return tableEndpoints(block, here);
    return [...codeEndpoints(block, here), ...openapiEndpoints(block, here)];
  });
}

/** "**auth-service**" or "Auth Service:" alone in a paragraph: the owner of what follows. */
function ownerLine(lines: readonly Line[], document: Document): string | null {
  const text = lines.length === 1 ? plain(lines[0]?.text ?? "").replace(/:$/, "") : "";
  return text === "" || text.length > 60
    ? null
    : document.names.resolve(text.replace(/\s+(?:endpoints?|api|routes)$/i, ""));
}

function ownerIn(text: string, document: Document): string | null {
  const inner = /\(([^)]*)\)\s*$/.exec(plain(text))?.[1];
  return inner === undefined ? null : document.names.resolve(inner);
}

function fromItem(item: Item, place: Place): EndpointDraft[] {
  const found = leadingRoutes(item.text);
  if (found === null) {
    const owner = place.document.names.resolve(item.text.replace(/:\s*$/, "")) ?? place.owner;
    const label = labelled(item.text);
    const behind =
      label !== null &&
      (/endpoint|route|api/.test(label.label) ||
        (nearestTopic(place.section) === "endpoints" && leadingRoutes(label.value) !== null))
        ? inlineRoutes(label.value, item.line, place)
        : [];
    return [...behind, ...fromProse(item.lines, place), ...fromBlocks(item.blocks, { ...place, owner })];
  }
  return found.routes.map((route) => {
    const made = draft(route, place.owner, place.section, item.line);
    made.declared = declaring(place.section);
    applyText(made.endpoint, found.rest);
    applyBlocks(made.endpoint, item.blocks);
    return made;
  });
}

function inlineRoutes(text: string, line: number, place: Place): EndpointDraft[] {
  return [...codeSpans(text), ...text.replace(/`[^`]*`/g, " ").split(/[,;]/)].flatMap((part) =>
    (leadingRoutes(part)?.routes ?? []).map((route) => draft(route, place.owner, place.section, line)),
  );
}

/** Lines of a paragraph that open with a route; the blocks behind the last of them belong to it. */
function fromLines(lines: readonly Line[], following: readonly Block[], place: Place): EndpointDraft[] {
  if (!declaring(place.section)) return [];
  const read = lines.map((line) => ({ line, found: leadingRoutes(line.text) }));
  const drafts = read.flatMap(({ line, found }) =>
    (found?.routes ?? []).map((route) => {
      const made = draft(route, place.owner, place.section, line.line);
      applyText(made.endpoint, found?.rest ?? "");
      return made;
    }),
  );
  const last = drafts.at(-1);
  if (last === undefined || read[0]?.found === null) return drafts;
  const end = following.findIndex(
    (block) => block.kind === "paragraph" && block.lines.some((line) => leadingRoutes(line.text) !== null),
  );
  const own = (end < 0 ? following : following.slice(0, end)).filter(
    (block) => block.kind !== "list" || block.items.every((item) => leadingRoutes(item.text) === null),
  );
  const rest = lines.slice(read.findLastIndex((each) => each.found !== null) + 1);
  applyBlocks(last.endpoint, [...(rest.length > 0 ? [{ kind: "paragraph" as const, lines: rest }] : []), ...own]);
  return drafts;
}

const EXPOSES =
  /\b(?:exposes?|provides?|offers?|serves?|publishes the endpoints?|(?:has|with) (?:the )?(?:following )?endpoints?)\b|\bendpoints?\s*:/i;

/** "The Billing Service exposes `POST /charges` and `GET /charges/{id}`." Calls of endpoints are no declarations. */
function fromProse(lines: readonly Line[], place: Place): EndpointDraft[] {
  const text = lines.map((line) => line.text).join(" ");
  if (leadingRoutes(text) !== null || !text.includes("`")) return [];
  let subject = place.owner;
  return sentences(text).flatMap((sentence) => {
    const services = place.document.names.mentions(sentence);
    const verb = EXPOSES.exec(sentence);
    const spoken = services.filter((each) => verb === null || each.end <= verb.index).at(-1)?.name ?? subject;
    subject = services[0]?.name ?? subject;
    if (verb === null || /\b(?:every service|all services|each service)\b/i.test(sentence)) return [];
    const told = sentence.slice(verb.index).split(/\b(?:calls?|calling|via|using|through|after|before|by)\b/i)[0] ?? "";
    return codeSpans(told).flatMap((span) =>
      (leadingRoutes(span)?.routes ?? []).map((route) => draft(route, spoken, place.section, lines[0]?.line ?? 1)),
    );
  });
}
