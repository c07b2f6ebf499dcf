import type { OutlineService } from "../outline.ts";
import { type Document, documentOf, serviceOf } from "./document.ts";
import { ServiceNames, serviceName } from "./names.ts";
import { cell, columnsOf } from "./tables.ts";
import { labelled, plain } from "./text.ts";
import { type Section, textLines } from "./tree.ts";

/**
 * The one service of a PRD that describes a single application and so names no services: called after the project, with the
 * technology of its stack table or stack line, and a question that says what was assumed.
 */
export function singleApplication(
  root: Section,
  title: string,
  description: string,
  doubt: Document["doubt"],
): OutlineService[] {
  const stack = readStack(root, new ServiceNames([]));
  const name = applicationName(title);
  doubt(`service ${name}`, `The PRD names no services. Is it one application (${name})?`, null);
  return [
    {
      name,
      domain: "",
      description,
      ...stack,
      is_frontend: false,
      port: null,
      line: root.children[0]?.line ?? 1,
    },
  ];
}

export interface StackFacts {
  technology: string;
  database: string | null;
  message_broker: string | null;
}

/**
 * The technology of the whole system, from a table `Layer | Technology` or lines such as "**Framework:** FastAPI". What stands
 * below the heading of one service says nothing about the others.
 */
export function readStack(root: Section, names: ServiceNames): StackFacts {
  const stack = new Map<string, string>();
  const single = documentOf(root, names, null, () => {});
  for (const section of single.sections) {
    if (serviceOf(section, single) !== null) continue;
    for (const block of section.blocks) if (block.kind === "table") stackRows(block, stack);
    for (const { text } of textLines(section.blocks)) {
      const label = labelled(text);
      if (
        label !== null &&
        /^(?:tech(?:nology)? )?stack(?:-target)?$|^(?:language|framework|backend|database|message (?:broker|queue))$/.test(
          label.label,
        ) &&
        !stack.has(label.label)
      )
        stack.set(label.label, plain(label.value));
    }
  }
  const said = (pattern: RegExp) => [...stack].find(([name]) => pattern.test(name))?.[1] ?? null;
  const technology = [said(/^backend/) ?? said(/^language/), said(/framework|^api$|^server/), said(/stack/)].filter(
    (each) => each !== null,
  );
  return {
    technology: [...new Set(technology)].join(" / "),
    database: said(/^(?:primary )?(?:database|db)\b/),
    message_broker: said(/broker|queue/),
  };
}

/** The title as a service name; "TaskFlow" stays one word. */
function applicationName(title: string): string {
  return serviceName(title.replace(/([\p{Ll}])(\p{Lu})/gu, (_all, a: string, b: string) => a + b.toLowerCase()));
}

function stackRows(
  table: { header: string[]; rows: { cells: string[]; line: number }[] },
  stack: Map<string, string>,
): void {
  const columns = columnsOf({ kind: "table", line: 0, ...table });
  const layer = columns.find(/^(?:layer|component|area|concern|category|part|tier)$/);
  const technology = columns.find(/^(?:tech(?:nolog(?:y|ies))?|choice|stack|tool)/);
  if (layer < 0 || technology < 0) return;
  for (const row of table.rows) {
    const name = plain(cell(row, layer)).toLowerCase();
    if (name !== "" && !stack.has(name)) stack.set(name, plain(cell(row, technology)));
  }
}
