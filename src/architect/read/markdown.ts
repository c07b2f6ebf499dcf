import type { Nodes, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";

/** More link definitions than this are not carried from one part of a document to the others. */
const MAX_DEFINITIONS = 200;

/**
 * The top-level nodes of a Markdown document, with tables; lines count from 1. The document is parsed in parts that begin at
 * headings, because the parser takes more than linear time on long documents of many headings and lists; one part is read before
 * the next is parsed, which keeps memory small.
 */
export function* parseMarkdown(markdown: string): Generator<RootContent> {
  const parts = partsOf(markdown.split("\n"));
  const definitions = parts.length === 1 ? [] : definitionsIn(markdown);
  for (const { text, offset } of parts) {
    const used = definitions.filter((each) => text.includes(`[${each.label}]`)).map((each) => each.line);
    const source = used.length === 0 ? text : `${text}\n\n${used.join("\n")}`;
    const nodes = fromMarkdown(source, {
      extensions: [gfmTable()],
      mdastExtensions: [gfmTableFromMarkdown()],
    }).children;
    if (offset > 0) for (const node of nodes) shift(node, offset);
    yield* nodes;
  }
}

interface Part {
  text: string;
  /** Lines in front of it. */
  offset: number;
}

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const VERBATIM = /^ {0,3}<(?:!--|pre\b|script\b|style\b|textarea\b)/i;
const VERBATIM_END = /-->|<\/(?:pre|script|style|textarea)>/i;

/**
 * Splits in front of headings that follow an empty line and stand outside of code fences and verbatim HTML: there every other
 * block has ended, so the parts mean what they mean in the whole.
 */
function partsOf(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  let start = 0;
  let fence: string | null = null;
  let verbatim = false;
  for (const [index, line] of lines.entries()) {
    if (fence !== null) {
      const close = FENCE.exec(line);
      if (close?.[1]?.startsWith(fence) && (close[2] ?? "").trim() === "") fence = null;
      continue;
    }
    if (verbatim) {
      verbatim = !VERBATIM_END.test(line);
      continue;
    }
    const open = FENCE.exec(line);
    if (open?.[1] !== undefined) fence = open[1];
    else if (VERBATIM.test(line)) verbatim = !VERBATIM_END.test(line);
    else if (/^#{1,6}[ \t]/.test(line) && index > start && (lines[index - 1] ?? "").trim() === "") {
      parts.push({ text: lines.slice(start, index).join("\n"), offset: start });
      start = index;
    }
  }
  parts.push({ text: lines.slice(start).join("\n"), offset: start });
  return parts;
}

/** "[label]: target" lines; links that use them may stand in any part. */
function definitionsIn(markdown: string): { label: string; line: string }[] {
  return [...markdown.matchAll(/^ {0,3}\[([^\]\n]{1,80})\]:[ \t]*\S.*$/gm)]
    .slice(0, MAX_DEFINITIONS)
    .map((match) => ({ label: match[1] ?? "", line: match[0] }));
}

function shift(node: RootContent, offset: number): void {
  const pending: Nodes[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.position !== undefined) next.position.start.line += offset;
    if ("children" in next) for (const child of next.children) pending.push(child);
  }
}
