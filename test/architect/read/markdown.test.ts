import { describe, expect, it } from "vitest";
import { parseTree } from "../../../src/architect/read/parse-tree.ts";
import { allSections } from "../../../src/architect/read/tree.ts";

const titles = (text: string) => allSections(parseTree(text)).map((section) => `${section.line} ${section.title}`);

describe("a document read part by part", () => {
  it("keeps line numbers of headings, tables and lists", () => {
    const root = parseTree("# A\n\ntext\n\n## B\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n## C\n\n- one\n");
    expect(titles("# A\n\ntext\n\n## B\n\n## C\n")).toEqual(["1 ", "1 A", "5 B", "7 C"]);
    const [b, c] = root.children[0]?.children ?? [];
    expect(b?.blocks[0]).toMatchObject({ kind: "table", line: 7, rows: [{ cells: ["1", "2"], line: 9 }] });
    expect(c?.blocks[0]).toMatchObject({ kind: "list", items: [{ text: "one", line: 13 }] });
  });

  it("takes no heading out of code fences, comments and verbatim HTML", () => {
    const text =
      "# A\n\n````\n\n# no\n\n```\n\n# no\n````\n\n~~~sh\n\n# no\n~~~\n\n<!--\n\n# no\n-->\n\n<pre>\n\n# no\n</pre>\n\n# B\n";
    expect(titles(text).filter((title) => title.includes("no"))).toEqual([]);
    expect(titles(text).at(-1)).toMatch(/ B$/);
  });

  it("knows link definitions of other parts", () => {
    const root = parseTree("# A\n\nsee [the orders][o]\n\n# B\n\n[o]: https://example.com\n");
    expect(root.children[0]?.blocks).toEqual([{ kind: "paragraph", lines: [{ text: "see the orders", line: 3 }] }]);
  });
});
