import { headOf } from "./entity-items.ts";
import type { Finder } from "./machine-finder.ts";
import type { Account } from "./machine-sections.ts";
import { codeSpans, plain } from "./text.ts";
import { topicOf } from "./topics.ts";
import { addSteps, hasArrow, lineSteps, noSteps } from "./transitions.ts";
import { passages, type Section } from "./tree.ts";

const SENTENCE =
  /\b(\p{Lu}[\p{L}\p{N}]*)s?(?:'s)?\s+(?:status\s+|state\s+)?(?:transitions?|moves?|goes|changes)\s+from\s+["'`]?([\w-]+)["'`]?\s+to\s+["'`]?([\w-]+)["'`]?/gu;

/** "A Trip transitions from asked to driving": only with the name of an entity in front. */
export function machineSentences(section: Section, finder: Finder): Account[] {
  if (topicOf(section) === "machine") return [];
  return passages(section.blocks).flatMap(({ text, line }) =>
    [...plain(text).matchAll(SENTENCE)].flatMap((match) => {
      const entity = finder.named(match[1] ?? "");
      if (entity === null) return [];
      const steps = noSteps();
      steps.transitions.push({ from_state: match[2] ?? "", to_state: match[3] ?? "", trigger: "", guard: null });
      return [{ entity, title: entity.name, steps, line, own: false }];
    }),
  );
}

const STATUSES = /\b(?:status(?:es)?|states?)\b[^`.;]{0,60}`([^`]*[/|,][^`]*)`/i;

/**
 * What an item below "Entities" says of states: "`Request` — two stages: `OPEN → CHECKED → DONE`" tells steps, "statuses:
 * `OPEN / DONE`" only states.
 */
export function machineItems(section: Section, finder: Finder): Account[] {
  if (topicOf(section) !== "entities") return [];
  return section.blocks.flatMap((block) => {
    if (block.kind !== "list") return [];
    return block.items.flatMap((item) => {
      const { names, rest } = headOf(item.text);
      const [name, ...others] = names;
      const entity = name === undefined || others.length > 0 ? null : finder.named(name);
      if (entity === null) return [];
      const steps = noSteps();
      for (const span of codeSpans(rest)) if (hasArrow(span)) addSteps(steps, lineSteps(span, finder.states));
      const states = (STATUSES.exec(rest)?.[1] ?? "").split(/[/|,]/).map((state) => state.trim());
      if (states.length >= 2 && states.every((state) => /^\p{L}[\p{L}\p{N}_-]*$/u.test(state)))
        steps.states.push(...states);
      if (steps.transitions.length === 0 && steps.states.length === 0) return [];
      return [{ entity, title: entity.name, steps, line: item.line, own: false }];
    });
  });
}
