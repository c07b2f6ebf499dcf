/**
 * A document as readers want it: sections by heading, each with its blocks. Inline text is kept as a rich string in which
 * code spans stand in backticks and strong text in double asterisks; everything else is plain. Lines count from 1.
 */
export interface Section {
  /** 0 for the root, which holds what stands before the first heading. */
  level: number;
  /** Rich text of the heading, without numbering. */
  title: string;
  line: number;
  parent: Section | null;
  blocks: Block[];
  children: Section[];
}

export type Block = ParagraphBlock | ListBlock | TableBlock | CodeBlock;

export interface ParagraphBlock {
  kind: "paragraph";
  /** The paragraph's source lines. */
  lines: Line[];
}

export interface Line {
  text: string;
  line: number;
}

export interface ListBlock {
  kind: "list";
  items: Item[];
}

export interface Item {
  /** The first paragraph, its lines joined by spaces. */
  text: string;
  lines: Line[];
  line: number;
  /** What stands below the first paragraph. */
  blocks: Block[];
}

export interface TableBlock {
  kind: "table";
  header: string[];
  rows: { cells: string[]; line: number }[];
  line: number;
}

export interface CodeBlock {
  kind: "code";
  lang: string;
  value: string;
  /** Line of the first line of code. */
  line: number;
}

/** All sections below (and with) a section, in document order. */
export function allSections(section: Section): Section[] {
  const found: Section[] = [];
  const pending = [section];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    found.push(next);
    for (let index = next.children.length - 1; index >= 0; index -= 1) {
      const child = next.children[index];
      if (child !== undefined) pending.push(child);
    }
  }
  return found;
}

/** A section and those around it, nearest first. */
export function ancestry(section: Section): Section[] {
  const chain: Section[] = [];
  for (let next: Section | null = section; next !== null; next = next.parent) chain.push(next);
  return chain;
}

/** Blocks with those inside list items, in document order. */
export function deepBlocks(blocks: readonly Block[]): Block[] {
  return blocks.flatMap((block) =>
    block.kind === "list" ? [block, ...block.items.flatMap((item) => deepBlocks(item.blocks))] : [block],
  );
}

/** Every line of running text in the blocks (paragraphs and list items), in document order. */
export function textLines(blocks: readonly Block[]): Line[] {
  return blocks.flatMap((block) => {
    if (block.kind === "paragraph") return block.lines;
    if (block.kind !== "list") return [];
    return block.items.flatMap((item) => [...item.lines, ...textLines(item.blocks)]);
  });
}

/** Running text with wrapped lines joined: one entry for each paragraph and list item. */
export function passages(blocks: readonly Block[]): Line[] {
  return blocks.flatMap((block) => {
    if (block.kind === "paragraph") return [{ text: joined(block.lines), line: block.lines[0]?.line ?? 1 }];
    if (block.kind !== "list") return [];
    return block.items.flatMap((item) => [{ text: item.text, line: item.line }, ...passages(item.blocks)]);
  });
}

export function joined(lines: readonly Line[]): string {
  return lines.map((each) => each.text).join(" ");
}
