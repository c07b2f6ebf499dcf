import { applyText } from "./endpoint-details.ts";
import { declaring, draft, type EndpointDraft, type Place } from "./endpoint-draft.ts";
import { leadingRoutes } from "./paths.ts";
import type { CodeBlock } from "./tree.ts";

const DIAGRAM = /[─│┌┐└┘├┤┬┴┼▼▲►◄╔╗╚╝║═]|\+--|--+>\||\|--|<--/;

/** Whether a code block is drawn rather than written. */
export function isDiagram(code: string): boolean {
  return DIAGRAM.test(code);
}

/** Endpoints of a code block: lines that open with a route, and sample requests. Drawings and other languages hold none. */
export function codeEndpoints(block: CodeBlock, place: Place): EndpointDraft[] {
  if (block.lang === "http") return fromHttp(block, place);
  if (
    isDiagram(block.value) ||
    /^(?:bash|sh|shell|console|curl|sql|ts|typescript|js|javascript|python|java|go)$/.test(block.lang)
  )
    return [];
  if (!declaring(place.section) || /\bHTTP\/\d|^\s*(?:Host|Authorization|Content-Type):/m.test(block.value)) return [];
  let owner = place.owner;
  return block.value.split("\n").flatMap((text, index) => {
    const found = leadingRoutes(text);
    if (found === null) {
      const comment = /^\s*(?:#|\/\/|--)\s*(.+)$/.exec(text)?.[1];
      if (comment !== undefined) owner = place.document.names.resolve(comment) ?? owner;
      return [];
    }
    return found.routes.map((route) => {
      const made = draft(route, owner, place.section, block.line + index);
      applyText(made.endpoint, found.rest.replace(/^(?:#|\/\/)\s*/, "— "));
      return made;
    });
  });
}

/** A sample request: "POST http://localhost:5000/api/auth/login". */
function fromHttp(block: CodeBlock, place: Place): EndpointDraft[] {
  return block.value.split("\n").flatMap((text, index) => {
    const match =
      /^\s*(GET|POST|PUT|PATCH|DELETE)\s+(?:https?:\/\/(?:localhost|127\.0\.0\.1|\{+\w+\}+|[\w.-]+)(?::\d+)?)?(\/\S*)/.exec(
        text,
      );
    const found = match === null ? null : leadingRoutes(`${match[1]} ${match[2]}`);
    if (found === null || /\/[0-9a-f]{8}-[0-9a-f]{4}-|\/\d+(?:\/|$)/.test(match?.[2] ?? "")) return [];
    return found.routes.map((route) => draft(route, place.owner, place.section, block.line + index));
  });
}
