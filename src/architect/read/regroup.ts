import type { Block, ParagraphBlock, Section } from "./tree.ts";

/** What authors mean without writing Markdown's own marks: bold labels as headings, and JSON without a fence. */
export function regroup(section: Section): void {
  section.blocks = withJson(section.blocks);
  const groups: Section[] = [];
  const own: Block[] = [];
  let into = own;
  for (const block of section.blocks) {
    const label = block.kind === "paragraph" ? boldLabel(block) : null;
    if (label !== null) into = own;
    if (label === null || !GROUP.test(label) || block.kind !== "paragraph") {
      into.push(block);
      continue;
    }
    const line = block.lines[0]?.line ?? section.line;
    const group: Section = { level: GROUP_LEVEL, title: label, line, parent: section, blocks: [], children: [] };
    groups.push(group);
    into = group.blocks;
  }
  if (groups.length === 0) return;
  section.blocks = own;
  section.children = [...groups, ...section.children];
}

/** Below every heading of Markdown. */
const GROUP_LEVEL = 7;

/** Labels that open a list of entities or events, up to the next bold label. */
const GROUP =
  /^(?:(?:owned|core|key|main|domain|primary) )*(?:entities|aggregates)(?: (?:owned|managed))?$|\bevents?\b.*\b(?:produced|published|emitted|raised|consumed|handled|subscribed)\b|\b(?:produced|published|emitted|raised|consumed|handled|subscribed)\b.*\bevents$|^(?:domain |integration |kafka )?events$|^(?:[\w]+ ?\/ ?)*\w+ (?:consumed|produced|published)$|^(?:topics?|queues|exchanges|channels) (?:consumed|produced|published)$/i;

/** The label that a paragraph opens with: "**Owned Entities:**", "**Database:** PostgreSQL"; only alone can it open a group. */
function boldLabel(block: ParagraphBlock): string | null {
  const [first, ...more] = block.lines;
  const match = /^\*\*([^*]{1,80}?)\s*(?::\s*\*\*|\*\*\s*:|\*\*$)\s*(.*)$/.exec(first?.text ?? "");
  if (match?.[1] === undefined) return null;
  return more.length === 0 && match[2] === "" ? match[1].replaceAll("`", "").trim() : "";
}

/** Longest JSON without a fence that is looked for, in paragraphs. */
const MAX_PARAGRAPHS = 300;

/** Paragraphs from one that is "{" or "[" to the one that closes it, as one block of JSON. */
function withJson(blocks: readonly Block[]): Block[] {
  const found: Block[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index];
    if (block === undefined) continue;
    const end = block.kind === "paragraph" && opensJson(block) ? endOfJson(blocks, index) : -1;
    if (block.kind !== "paragraph" || end < 0) {
      found.push(block);
      continue;
    }
    const lines = blocks.slice(index, end + 1).flatMap((each) => (each.kind === "paragraph" ? each.lines : []));
    found.push({
      kind: "code",
      lang: "json",
      value: lines.map((each) => each.text).join("\n"),
      line: block.lines[0]?.line ?? 1,
    });
    index = end;
  }
  return found;
}

function opensJson(block: ParagraphBlock): boolean {
  return /^[{[]\s*(?:$|")/.test(block.lines[0]?.text ?? "");
}

/** Index of the paragraph in which the brackets close; -1 when something else comes first. */
function endOfJson(blocks: readonly Block[], start: number): number {
  let depth = 0;
  for (let index = start; index < Math.min(blocks.length, start + MAX_PARAGRAPHS); index += 1) {
    const block = blocks[index];
    if (block?.kind !== "paragraph") return -1;
    for (const { text } of block.lines)
      for (const char of text.replace(/"[^"]*"/g, "")) {
        if (char === "{" || char === "[") depth += 1;
        else if (char === "}" || char === "]") depth -= 1;
      }
    if (depth <= 0) return index;
  }
  return -1;
}
