import type { List, ListItem, Paragraph, PhrasingContent, RootContent, Table } from "mdast";
import { parseMarkdown } from "./markdown.ts";
import { regroup } from "./regroup.ts";
import { headingText } from "./text.ts";
import {
  allSections,
  type Block,
  type Item,
  joined,
  type Line,
  type ListBlock,
  type Section,
  type TableBlock,
} from "./tree.ts";

/** Nesting of lists beyond this many levels is dropped: no reader looks so deep, and recursion stays bounded. */
const MAX_DEPTH = 12;

/** Parses Markdown into its section tree. */
export function parseTree(markdown: string): Section {
  const root: Section = { level: 0, title: "", line: 1, parent: null, blocks: [], children: [] };
  let current = root;
  for (const node of parseMarkdown(markdown)) {
    if (node.type !== "heading") {
      current.blocks.push(...blocksOf(node, 0));
      continue;
    }
    while (current.parent !== null && current.level >= node.depth) current = current.parent;
    const title = headingText(richText(node.children));
    const section: Section = {
      level: node.depth,
      title,
      line: lineOf(node),
      parent: current,
      blocks: [],
      children: [],
    };
    current.children.push(section);
    current = section;
  }
  for (const section of allSections(root)) regroup(section);
  return root;
}

function blocksOf(node: RootContent, depth: number): Block[] {
  switch (node.type) {
    case "paragraph":
      return [{ kind: "paragraph", lines: linesOf(node) }];
    case "list":
      return depth > MAX_DEPTH ? [] : [listOf(node, depth)];
    case "table":
      return [tableOf(node)];
    case "code":
      return [{ kind: "code", lang: (node.lang ?? "").toLowerCase(), value: node.value, line: lineOf(node) + 1 }];
    case "blockquote":
      return depth > MAX_DEPTH ? [] : node.children.flatMap((child) => blocksOf(child, depth + 1));
    default:
      return [];
  }
}

function listOf(node: List, depth: number): ListBlock {
  return { kind: "list", items: node.children.map((item) => itemOf(item, depth)) };
}

function itemOf(node: ListItem, depth: number): Item {
  const [first, ...rest] = node.children;
  const opening = first?.type === "paragraph" ? linesOf(first) : [];
  const below = first !== undefined && first.type !== "paragraph" ? node.children : rest;
  return {
    text: joined(opening),
    lines: opening,
    line: lineOf(node),
    blocks: below.flatMap((child) => blocksOf(child, depth + 1)),
  };
}

function tableOf(node: Table): TableBlock {
  const [head, ...body] = node.children;
  const cells = (row: (typeof node.children)[number]) => row.children.map((cell) => richText(cell.children).trim());
  return {
    kind: "table",
    header: head === undefined ? [] : cells(head),
    rows: body.map((row) => ({ cells: cells(row), line: lineOf(row) })),
    line: lineOf(node),
  };
}

function linesOf(node: Paragraph): Line[] {
  const first = lineOf(node);
  return richText(node.children)
    .split("\n")
    .map((text, index) => ({ text: text.trim(), line: first + index }))
    .filter((each) => each.text !== "");
}

function lineOf(node: { position?: { start: { line: number } } | undefined }): number {
  return node.position?.start.line ?? 1;
}

/** Inline nodes as a rich string. Code and strong text keep their marks so that readers can tell them from prose. */
function richText(nodes: readonly PhrasingContent[], depth = 0): string {
  if (depth > MAX_DEPTH) return "";
  return nodes
    .map((node) => {
      if (node.type === "text") return node.value;
      if (node.type === "inlineCode") return `\`${node.value.replaceAll("`", "'")}\``;
      if (node.type === "strong") return `**${richText(node.children, depth + 1)}**`;
      if (node.type === "break") return "\n";
      if (node.type === "html") return /^<br\s*\/?>$/i.test(node.value) ? " " : node.value;
      return "children" in node ? richText(node.children, depth + 1) : "";
    })
    .join("");
}
