import type { Transition } from "../../model/domain-model.ts";
import { cell, columnsOf } from "./tables.ts";
import { plain, splitTop } from "./text.ts";
import type { TableBlock } from "./tree.ts";

/** What a line or table says about states: steps between them, ends, and steps from "any" state, which stay open. */
export interface Steps {
  transitions: Transition[];
  /** States from which a machine starts, by "[*] --> a". */
  initial: string[];
  /** States of a list of states. */
  states: string[];
  /** States said to be the last. */
  terminal: string[];
  /** Texts that say "from any state". */
  open: string[];
}

export function noSteps(): Steps {
  return { transitions: [], initial: [], states: [], terminal: [], open: [] };
}

/** All states that the steps name, each once. */
export function statesOf(steps: Steps): string[] {
  return [
    ...new Set([
      ...steps.initial,
      ...steps.transitions.flatMap((step) => [step.from_state, step.to_state]),
      ...steps.terminal,
      ...steps.states,
    ]),
  ];
}

/** Adds what one place says to what others say. */
export function addSteps(into: Steps, from: Steps): void {
  into.transitions.push(...from.transitions);
  into.initial.push(...from.initial);
  into.states.push(...from.states);
  into.terminal.push(...from.terminal);
  into.open.push(...from.open);
}

const ARROW = /\s*(?:<?(?:-{1,3}|={1,2}|—|─{1,3})[>▶►]|→|⟶|➔|➜|➡️?|⇒|⟹)\s*/u;
const LABELLED_ARROW = /\s-{1,2}\s*[[(]([^\])]{1,60})[\])]\s*-{1,2}>\s*|\s--\s*([\w][\w ]{0,40}?)\s*-->\s*/;
const ANY = /^(?:any|all|\*|every)(?:\s+(?:state|status|other state|non-terminal state|active state)s?)?$/i;

/** Whether a text holds an arrow at all. */
export function hasArrow(text: string): boolean {
  return ARROW.test(text);
}

/**
 * The steps of one line: "a -> b (guard)", "a → b: trigger (guard)", "a --> b, c", "a -> b -> c", "a -[trigger]-> b",
 * "`a` can transition to `b` or `c`", "from a to b when …". `known` are states named elsewhere: they may have several words.
 */
export function lineSteps(text: string, known: ReadonlySet<string>): Steps {
  const line = plain(text)
    .replace(/^(?:[-*•]|\d+[.)])\s+/, "")
    .replace(/;$/, "");
  const labelledArrow = LABELLED_ARROW.exec(line);
  if (labelledArrow !== null) {
    const trigger = (labelledArrow[1] ?? labelledArrow[2] ?? "").trim();
    const steps = arrowSteps(
      `${line.slice(0, labelledArrow.index)} -> ${line.slice(labelledArrow.index + labelledArrow[0].length)}`,
      known,
    );
    for (const step of steps.transitions) step.trigger ||= trigger;
    return steps;
  }
  return ARROW.test(line) ? arrowSteps(line, known) : wordSteps(line, known);
}

function arrowSteps(line: string, known: ReadonlySet<string>): Steps {
  const steps = noSteps();
  const parts = line.split(new RegExp(ARROW, "gu"));
  const tail = tailOf(parts.at(-1) ?? "");
  const groups = parts.map((part, index) => statesIn(index === parts.length - 1 ? tail.states : headOf(part), known));
  for (let index = 0; index + 1 < groups.length; index += 1) {
    const from = groups[index] ?? [];
    const to = groups[index + 1] ?? [];
    if (from[0] === "[*]") steps.initial.push(...to);
    else if (to[0] === "[*]" || to[0] === "") steps.terminal.push(...from);
    else if (from.some((state) => ANY.test(state))) steps.open.push(line);
    else {
      const last = index + 2 === groups.length;
      const head = index > 0 ? "" : guardOf(parts[index] ?? "");
      for (const a of from)
        for (const b of to)
          steps.transitions.push({
            from_state: a,
            to_state: b,
            trigger: last ? tail.trigger : "",
            guard: (last ? tail.guard : null) ?? (head || null),
          });
    }
  }
  return steps;
}

/** What stands in front of an arrow, without a label, a remark in parentheses or a note. */
function headOf(part: string): string {
  return part
    .replace(/\s*[([][^)\]]*[)\]]\s*$/, (found) => (found.trim() === "[*]" ? found : ""))
    .replace(/^.*?:\s+/, "");
}

function guardOf(part: string): string {
  return /\(([^)]*)\)\s*$/.exec(part)?.[1]?.trim() ?? "";
}

/** "submitted: submit (requires lines)" as states, trigger and guard. */
function tailOf(part: string): { states: string; trigger: string; guard: string | null } {
  const text = part.trim();
  if (text === "[*]") return { states: text, trigger: "", guard: null };
  const match =
    /^(.*?)(?:\s*(:)\s*|\s+(?=\()|\s*(?=\[)|\s+(?:—|–|-{1,2}|\||#|\/\/)\s+|\s+(when|on|if|by|via|after|once|upon|through|with|requires)\s+)(.*)$/su.exec(
      text,
    );
  if (match === null) return { states: text.replace(/[.;]$/, ""), trigger: "", guard: null };
  const rest = (match[4] ?? "").trim();
  const colon = match[2] !== undefined;
  const word = (match[3] ?? "").toLowerCase();
  const bracket = /^(.*?)\s*[([](.*)[)\]]\s*[.;]?$/s.exec(rest);
  const before = (bracket?.[1] ?? rest).trim();
  const inner = bracket?.[2]?.trim() ?? null;
  const states = match[1] ?? "";
  if (colon || /^(?:on|by|via|upon|through)$/.test(word)) return { states, trigger: before, guard: inner };
  if (bracket !== null && before === "")
    return inner !== null && isTrigger(inner)
      ? { states, trigger: inner, guard: null }
      : { states, trigger: "", guard: inner };
  return { states, trigger: "", guard: rest === "" ? null : rest };
}

/** One word in parentheses is what happens ("start", "pay()", "order.paid"); several are a condition, and some words are remarks. */
function isTrigger(text: string): boolean {
  return (
    /^[\p{L}][\p{L}\p{N}_.-]*(?:\(\))?$/u.test(text) &&
    !/^(?:auto(?:matic(?:ally)?)?|manual(?:ly)?|optional(?:ly)?|default|terminal|final|initial|end|async|admins?|managers?|system|users?|customers?|owners?|staff|only)$/i.test(
      text,
    )
  );
}

function statesIn(text: string, known: ReadonlySet<string>): string[] {
  const bare = text
    .trim()
    .replace(/^["'`]|["'`.]$/g, "")
    .trim();
  if (bare === "[*]" || /^\(?(?:start|initial)\)?$/i.test(bare)) return ["[*]"];
  if (/^\(?(?:end|terminal|final|none|—|-)\)?$/i.test(bare)) return [""];
  if (ANY.test(bare)) return [bare];
  const names = splitTop(bare, ",/|").flatMap((part) => part.split(/\s+or\s+|\s+and\s+|^or\s+/i));
  const states = names.map((name) => stateName(name, known));
  return states.every((state) => state !== null) ? states : [];
}

/** A state's name: one word, or several when they are known as a state or written like a name (In Progress, IN TRANSIT). */
function stateName(text: string, known: ReadonlySet<string>): string | null {
  const name = text
    .replace(/["'`]/g, "")
    .replace(/\s+(?:state|status)$/i, "")
    .trim();
  if (/^[\p{L}][\p{L}\p{N}_-]{0,40}$/u.test(name)) return name;
  if (known.has(name.toLowerCase())) return name;
  return /^\p{Lu}[\p{L}\p{N}]*(?: (?:\p{Lu}[\p{L}\p{N}]*|of|to|for|in)){1,3}$/u.test(name) ? name : null;
}

/** Sentences without arrows. */
function wordSteps(line: string, known: ReadonlySet<string>): Steps {
  const steps = noSteps();
  const match =
    /^(?:an?\s+|the\s+)?([\w-]+)\s+(?:can|may|must|could)(?:\s+(?:only|then|also))*\s+(?:transition|move|change|go|become|be changed|be moved)(?:\s+(?:in)?to)?\s+([\w-]+(?:\s*(?:,|or|and|\/)\s*[\w-]+)*)/i.exec(
      line,
    ) ?? /\bfrom\s+([\w-]+)\s+to\s+([\w-]+)/i.exec(line);
  if (match === null) return steps;
  const from = statesIn(match[1] ?? "", known);
  const to = statesIn((match[2] ?? "").replace(/,?\s+(?:or|and)\s+/g, ","), known);
  const rest = line.slice(match.index + match[0].length).replace(/^[\s,.:;—–-]+/, "");
  const guard = /^(?:when|if|once|after|only)\b/i.test(rest)
    ? rest.replace(/^(?:when|if|once|after)\s+/i, "").replace(/\.$/, "")
    : null;
  for (const a of from) for (const b of to) steps.transitions.push({ from_state: a, to_state: b, trigger: "", guard });
  return steps;
}

/** The steps of a table `Current State | Allowed Next State`, `From | To | Trigger | Guard` or `Transition | …`; null for others. */
export function tableSteps(table: TableBlock, known: ReadonlySet<string>): Steps | null {
  const columns = columnsOf(table);
  const trigger = columns.find(/^(?:trigger|event|action|command|via|on|operation)/);
  const guard = columns.find(
    /^(?:guards?|conditions?|rules?|requires|requirements?|when|precondition|constraints?|validation)/,
  );
  const both = columns.find(/^(?:transitions?|state change)$/);
  const from = columns.find(/^(?:from|current|source|starting|old|previous)(?: (?:state|status))?$|^(?:state|status)$/);
  const to = columns.find(
    /^(?:to|next|target|new|allowed|valid|destination|resulting|possible|can)\b|^transitions?(?: to)?$/,
    [from],
  );
  const steps = noSteps();
  const readRow = (row: { cells: string[] }, a: string[], b: string[]) => {
    const condition = plain(cell(row, guard));
    for (const one of a)
      for (const other of b)
        steps.transitions.push({
          from_state: one,
          to_state: other,
          trigger: plain(cell(row, trigger)),
          guard: condition === "" ? null : condition,
        });
  };
  if (from >= 0 && to >= 0) {
    for (const row of table.rows) {
      const a = statesIn(plain(cell(row, from)).replace(/\s*\([^)]*\)$/, ""), known);
      const text = plain(cell(row, to)).replace(/\s*\([^)]*\)/g, "");
      const b =
        text === "" || /^(?:none|terminal|final|no transitions?)\b/i.test(text)
          ? [""]
          : statesIn(text.replace(/^→\s*/, ""), known);
      if (a.some((state) => ANY.test(state))) steps.open.push(`${a.join(", ")} → ${b.join(", ")}`);
      else if (a[0] === "[*]" || /^(?:none|new|\(new\)|—|-)?$/i.test(plain(cell(row, from)))) steps.initial.push(...b);
      else if (b[0] === "") steps.terminal.push(...a);
      else readRow(row, a, b);
    }
    return steps;
  }
  if (both < 0 || !table.rows.some((row) => hasArrow(cell(row, both)))) return null;
  for (const row of table.rows) {
    const read = lineSteps(cell(row, both), known);
    for (const step of read.transitions) readRow(row, [step.from_state], [step.to_state]);
    steps.open.push(...read.open);
    steps.initial.push(...read.initial);
  }
  return steps;
}
