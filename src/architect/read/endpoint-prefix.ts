import type { EndpointDraft } from "./endpoint-draft.ts";
import { plain } from "./text.ts";
import { ancestry, type Section, textLines } from "./tree.ts";

const PREFIX =
  /\b(?:prefixed(?: with| by)?|(?:base|root) (?:path|url)|(?:path|route|url) prefix)\b[\s:=`*]*(?:is\s+)?[`*]*(?:https?:\/\/[^/\s`]+)?(\/[\w/.-]*\w)/i;

/** A section that says "endpoints prefixed `/api/v1/orders`" or "Base path: `/api`" writes its paths without that part. */
export function prefixPath({ endpoint, section }: EndpointDraft): void {
  for (const each of ancestry(section)) {
    const prefix = prefixOf(each);
    if (prefix === null) continue;
    if (endpoint.path !== prefix && !endpoint.path.startsWith(`${prefix}/`))
      endpoint.path = endpoint.path === "/" ? prefix : `${prefix}${endpoint.path}`;
    return;
  }
}

const prefixes = new WeakMap<Section, string | null>();

function prefixOf(section: Section): string | null {
  const known = prefixes.get(section);
  if (known !== undefined) return known;
  const texts = [section.title, ...textLines(section.blocks).map((line) => line.text)];
  const found = texts.map((text) => PREFIX.exec(plain(text))?.[1]).find((prefix) => prefix !== undefined) ?? null;
  prefixes.set(section, found);
  return found;
}
