import type { OutlineEntity } from "../outline.ts";
import { isDiagram } from "./endpoint-code.ts";
import { chainsIn, drawnSteps } from "./machine-chains.ts";
import type { Finder } from "./machine-finder.ts";
import { labelled, namesIn, plain } from "./text.ts";
import { topicOf } from "./topics.ts";
import { addSteps, hasArrow, lineSteps, noSteps, type Steps, tableSteps } from "./transitions.ts";
import { ancestry, type Block, type Section } from "./tree.ts";

/** What one place says about one machine. */
export interface Account {
  entity: OutlineEntity | null;
  /** What the place calls it, for questions. */
  title: string;
  steps: Steps;
  line: number;
  /** Whether it stands below a heading about states; a passing "Lifecycle: a → b" only counts where no such section is. */
  own: boolean;
}

const STATE_LABEL =
  /^(?:[\p{L} ]+ )?(?:state machine|states?|status(?:es)?|(?:state|status) (?:flow|transitions?|machine|values|life-?cycle)|transitions?|life-?cycle|allowed transitions|valid transitions)(?: \(.*\))?$/iu;
const LIST_LABEL = /^(?:(?:valid|possible|all|allowed) )?(?:states?|status(?:es)?)(?: values)?$/;

/** What a section says about states: labelled lines, bullets, tables, code; everything below a heading about states. */
export function machineAccounts(section: Section, finder: Finder): Account[] {
  const about = machineSection(section);
  if (about === null && topicOf(section) === "other") return [];
  const own = new Map<OutlineEntity | null, Steps>();
  const subject = about === null ? null : (finder.titled(section.title) ?? subjectAbove(section, about, finder));
  const drawn = new Map<OutlineEntity | null, Steps>();
  const stepsOf = (entity: OutlineEntity | null): Steps => {
    const steps = own.get(entity) ?? noSteps();
    own.set(entity, steps);
    return steps;
  };
  let label: { subject: OutlineEntity | null; active: boolean } = { subject, active: about !== null };
  const takeLine = (text: string): void => {
    const named = labelled(text);
    if (named !== null && !hasArrow(named.label)) {
      const entity = finder.titled(named.label);
      const barred =
        /\b(?:invalid|forbidden|disallowed|not allowed|illegal|side effects?|notes?|rules?|examples?)\b/.test(
          named.label,
        );
      const stateful = !barred && STATE_LABEL.test(named.label);
      if (stateful || (about !== null && entity !== null))
        label = {
          subject: entity ?? finder.abbreviated(named.label) ?? subject ?? finder.around(section),
          active: true,
        };
      else if (named.value === "" || barred) label = { subject, active: about !== null && !barred };
      if (named.value === "") return;
      if (LIST_LABEL.test(named.label) && !hasArrow(named.value) && label.active) {
        stepsOf(label.subject).states.push(
          ...namesIn(named.value).filter((state) => /^[\p{L}][\p{L}\p{N}_ -]{0,30}$/u.test(state)),
        );
        return;
      }
      if (label.active && hasArrow(named.value))
        for (const chain of chainsIn(named.value)) addSteps(stepsOf(label.subject), lineSteps(chain, finder.states));
      else if (label.active && about !== null) addSteps(stepsOf(label.subject), lineSteps(text, finder.states));
      return;
    }
    if (label.active && !/\b(?:invalid|cannot|must not|not allowed|forbidden)\b/i.test(text))
      addSteps(stepsOf(label.subject), lineSteps(text, finder.states));
  };
  const takeBlocks = (blocks: readonly Block[]): void => {
    for (const block of blocks) {
      if (block.kind === "paragraph") for (const line of block.lines) takeLine(line.text);
      else if (block.kind === "list") {
        const before = label;
        for (const item of block.items) {
          takeLine(item.text);
          takeBlocks(item.blocks);
          label = before;
        }
      } else if (block.kind === "code") {
        const mermaid = /^\s*stateDiagram/m.test(block.value);
        if (!label.active && !mermaid) continue;
        const entity = label.subject ?? finder.around(section);
        if (!mermaid && isDrawn(block.value)) {
          const steps = drawn.get(entity) ?? noSteps();
          drawn.set(entity, steps);
          for (const line of block.value.split("\n").slice(0, 2000)) addSteps(steps, drawnSteps(line));
          continue;
        }
        for (const line of block.value.split("\n").slice(0, 2000))
          if (hasArrow(line)) addSteps(stepsOf(entity), lineSteps(line, finder.states));
      } else {
        const certain = /^(?:current|from) (?:state|status)$/.test(plain(block.header[0] ?? "").toLowerCase());
        const steps = label.active || certain ? tableSteps(block, finder.states) : null;
        if (steps !== null) addSteps(stepsOf(label.subject ?? finder.around(section)), steps);
      }
      if (about === null && block.kind !== "paragraph") label = { subject, active: false };
    }
  };
  takeBlocks(section.blocks);
  for (const [entity, steps] of drawn) {
    if (stepsOf(entity).transitions.length > 0 || steps.transitions.length === 0) continue;
    addSteps(stepsOf(entity), steps);
    finder.document.doubt(
      `state machine of ${entity?.name ?? plain(section.title)}`,
      "Only the unbroken lines of this drawing were read. Which changes does it show besides them?",
      section.line,
    );
  }
  return [...own].flatMap(([entity, steps]) => {
    if (steps.transitions.length === 0 && steps.states.length < 2) return [];
    return [
      {
        entity: entity ?? finder.byStates(steps, section),
        title: plain(section.title),
        steps,
        line: section.line,
        own: about !== null,
      },
    ];
  });
}

/** Drawings have boxes; a code block that only has arrows between names is a list of steps. */
function isDrawn(code: string): boolean {
  return isDiagram(code) || /^\s*[|v^]\s*$/m.test(code);
}

/** The outermost heading about states at or above a section; null outside of one. */
function machineSection(section: Section): Section | null {
  return (
    ancestry(section)
      .filter((each) => topicOf(each) === "machine")
      .at(-1) ?? null
  );
}

/** Below "6. Order State Machine" every heading is about Order; a plain "State Machine" is about the entity around it. */
function subjectAbove(section: Section, about: Section, finder: Finder): OutlineEntity | null {
  for (const each of ancestry(section)) {
    const found = finder.titled(each.title);
    if (found !== null) return found;
    if (each === about) break;
  }
  const parent = about.parent;
  return parent === null || parent.level === 0
    ? null
    : finder.named(parent.title.replace(/\s*\([^)]*\)$/, "").replace(/\s+entity$/i, ""));
}
