import { labelled, plain, sentences } from "./text.ts";
import { allSections, passages, type Section, textLines } from "./tree.ts";

const PREFIX =
  /^(?:(?:project|prd|spec(?:ification)?|master plan|product requirements?(?: document)?(?: \(prd\))?|technical (?:specification|design)|system design(?: document)?)\s*(?::|–|—|-(?=\s))\s*)+/i;
const SUFFIX =
  /\s*(?:[–—:-]+\s*)?(?:\(?\b(?:prd|product[- ]requirements? document|product[- ]requirements?|technical specification|specification|requirements? document)\b\)?)\s*$/i;

/** The project's name: `# Project: X`, `# PRD: X`, the first heading, or "Project Name: X". */
export function readTitle(root: Section): { title: string; description: string } {
  const first = root.children[0];
  const heading = first === undefined ? "" : clean(plain(subtitled(first).title));
  const named = namedBySection(root) || heading || namedInText(root);
  return { title: named === "" ? "Untitled" : named, description: describe(root) };
}

const GENERIC =
  /^(?:(?:service|system|api|data|event|technical|software|solution|microservices?)s? )?(?:definitions?|specifications?|catalog(?:ue)?|overview|architecture|design|services)$/i;

/** Below a title such as "Service Definitions" a bare heading right behind it names the project. */
function subtitled(first: Section): Section {
  const next = first.children[0];
  const named = GENERIC.test(plain(first.title)) && first.blocks.length === 0;
  return named && next !== undefined && next.line <= first.line + 2 && next.children.length === 0 ? next : first;
}

function clean(heading: string): string {
  const text = heading.replace(/^\p{Extended_Pictographic}+\s*/u, "").replace(PREFIX, "");
  const name = (text.split(/\s+(?:–|—|--)\s+|:\s+/)[0] ?? text)
    .replace(SUFFIX, "")
    .replace(/\s+-\s+.*$/, "")
    .trim();
  return /^(?:prd|product[- ]requirements?(?: document)?|master plan|specification|overview|introduction)?$/i.test(name)
    ? ""
    : name;
}

/** The first line below a heading such as "Project Name". */
function namedBySection(root: Section): string {
  const section = allSections(root)
    .slice(0, 12)
    .find((each) => /^(?:project|product|application|system) (?:name|title)$/i.test(plain(each.title)));
  const line = section === undefined ? undefined : textLines(section.blocks)[0];
  const name = line === undefined ? "" : clean(plain(/^\*\*[^*]+\*\*/.exec(line.text)?.[0] ?? line.text));
  return name.length <= 60 ? name : "";
}

function namedInText(root: Section): string {
  for (const section of allSections(root).slice(0, 8))
    for (const { text } of textLines(section.blocks)) {
      const label = labelled(text);
      const bold = section === root.children[0] ? /^\*\*([^*:]{3,80})\*\*$/.exec(text)?.[1] : undefined;
      if (bold !== undefined) return clean(bold);
      if (label !== null && /^(?:project(?: name)?|product(?: name)?|name|title)$/.test(label.label))
        return plain(label.value);
    }
  return "";
}

/** The first paragraph that is a sentence, in the opening or an overview. */
function describe(root: Section): string {
  for (const section of allSections(root).slice(0, 6))
    for (const block of section.blocks) {
      if (block.kind !== "paragraph") continue;
      const text = passages([block])[0]?.text ?? "";
      if (labelled(text) === null && plain(text).length > 40) return sentences(text).slice(0, 3).map(plain).join(" ");
    }
  return "";
}
