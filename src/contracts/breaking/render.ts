import type { Change } from "./change.ts";

function placeOf({ method, path }: Change): string {
  return [method, path].filter(Boolean).join(" ");
}

/** A change with the number of other operations that have it too. */
export type GroupedChange = Change & { more_operations: number };

/** The same change of a schema that many operations use is one; the order stays. */
export function groupChanges(changes: readonly Change[]): GroupedChange[] {
  const groups = new Map<string, GroupedChange>();
  for (const change of changes) {
    const { id, pointer, old_value, new_value } = change;
    const key = `${id} ${pointer} ${String(old_value)} ${String(new_value)}`;
    const known = groups.get(key);
    if (known) known.more_operations += 1;
    else groups.set(key, { ...change, more_operations: 0 });
  }
  return [...groups.values()];
}

/** "", or how many other operations have a change too. */
function elsewhere({ more_operations }: GroupedChange): string {
  return more_operations === 0 ? "" : ` (and in ${more_operations} other operation${more_operations === 1 ? "" : "s"})`;
}

/** Changes as lines, grouped by what they concern, with their number at the end. */
export function changesAsText(changes: readonly Change[]): string {
  const told = (change: GroupedChange) =>
    `  ${change.breaking ? "breaking" : change.severity} ${change.id}: ${change.message.replace(/\s+/g, " ")}${elsewhere(change)}`;
  const places = [...byPlace(groupChanges(changes))].flatMap(([place, list]) => [
    place || "The document",
    ...list.map(told),
  ]);
  return [...places, summary(changes)].join("\n");
}

/** Changes as a Markdown document: what breaks first. */
export function changesAsMarkdown(changes: readonly Change[], title = "API changes"): string {
  const section = (heading: string, list: GroupedChange[]) =>
    list.length === 0
      ? []
      : [
          `## ${heading}`,
          "",
          ...[...byPlace(list)].flatMap(([place, each]) => [
            `### ${plain(place || "The document")}`,
            "",
            ...each.map(line),
            "",
          ]),
        ];
  const all = groupChanges(changes);
  const breaking = all.filter((change) => change.breaking);
  const others = all.filter((change) => !change.breaking);
  const lines = [
    `# ${plain(title)}`,
    "",
    summary(changes),
    "",
    ...section("Breaking", breaking),
    ...section("Other", others),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function line(change: GroupedChange): string {
  const { id, severity, message } = change;
  return `- ${severity === "info" ? "" : `**${severity}** `}${plain(message)} (\`${id}\`)${elsewhere(change)}`;
}

/** "3 changes, 1 of them breaking."; the same change of many operations counts once. */
function summary(all: readonly Change[]): string {
  const changes = groupChanges(all);
  const breaking = changes.filter((change) => change.breaking).length;
  if (changes.length === 0) return "No changes.";
  return `${changes.length} change${changes.length === 1 ? "" : "s"}, ${breaking === 0 ? "none" : breaking} of them breaking.`;
}

function byPlace(changes: readonly GroupedChange[]): Map<string, GroupedChange[]> {
  const groups = new Map<string, GroupedChange[]>();
  for (const change of changes) {
    const place = placeOf(change);
    const list = groups.get(place);
    if (list) list.push(change);
    else groups.set(place, [change]);
  }
  return groups;
}

/** Text from a stranger's document must not become Markdown or HTML, but code spans stay. */
function plain(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .split("`")
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\<>*_[\]#|]/g, "\\$&")))
    .join("`");
}
