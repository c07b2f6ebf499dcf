import { codeSpans } from "./text.ts";
import { hasArrow, noSteps, type Steps } from "./transitions.ts";

/** Longer lines are no chains. */
const MAX_LINE = 400;
const NODE = /^[[(]?\s*([\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)?)\s*[\])]?$/u;
const LABELLED_ARROW = /\s*(?:─+|—+|-{2,})\s*([\p{L}][\p{L}\p{N}_ .()/]{0,40}?)\s*(?:─+|—+|-{2,})[>▶►]\s*/u;
const PLAIN_ARROW = /\s*(?:[─—=-]+[>▶►]|→|⟶)\s*/u;

/**
 * The steps of a line that is a chain from end to end, "A ──Trigger──▶ B → C", as it stands in a drawing; none for every other
 * line of a drawing (boxes, vertical strokes, arrows that point back).
 */
export function drawnSteps(line: string): Steps {
  const steps = noSteps();
  const text = line.trim();
  if (text.length > MAX_LINE || /[|│◀<+┌┐└┘]/.test(text) || !/[>▶►→⟶]/u.test(text)) return steps;
  const parts = text.split(new RegExp(`${LABELLED_ARROW.source}|${PLAIN_ARROW.source}`, "u"));
  const nodes = parts.filter((_part, index) => index % 2 === 0).map((part) => NODE.exec(part ?? "")?.[1]);
  if (nodes.length < 2 || nodes.some((node) => node === undefined)) return steps;
  for (let index = 0; index + 1 < nodes.length; index += 1)
    steps.transitions.push({
      from_state: nodes[index] ?? "",
      to_state: nodes[index + 1] ?? "",
      trigger: parts[index * 2 + 1] ?? "",
      guard: null,
    });
  return steps;
}

/** The chains of a text: each code span that holds one ("`a → b → c` or `a → d`"), else the text as a whole. */
export function chainsIn(text: string): string[] {
  const spans = codeSpans(text).filter(hasArrow);
  const outside = text.replace(/`[^`]*`/g, "");
  return spans.length === 0 || hasArrow(outside) ? [text] : spans;
}
