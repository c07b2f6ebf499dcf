import type { Caller } from "../../model/codebase.ts";
import type { Use } from "../extract/facts.ts";
import type { IndexedFile } from "../index/database.ts";
import { SPAN } from "../index/tables.ts";
import type { Meaning, Names } from "./names.ts";
import type { Known, Snapshot } from "./snapshot.ts";

type ResolvedBy = Caller["resolved_by"];

/** Methods that everything has: such a name alone says nothing. */
const COMMON =
  /^(get|set|has|add|push|pop|shift|unshift|map|filter|reduce|forEach|find|some|every|join|split|slice|splice|concat|keys|values|entries|items|append|extend|insert|remove|delete|clear|copy|update|close|open|read|write|run|start|stop|call|apply|bind|then|catch|finally|next|return|send|on|once|off|emit|log|debug|info|warn|warning|error|toString|toJSON|valueOf|equals|hashCode|compareTo|size|length|isEmpty|contains|indexOf|includes|replace|match|test|exec|trim|strip|format|encode|decode|parse|stringify|sort|reverse|init|name|type|id|value|key|data|status|code|message|body|headers|params|query|path|url|method|state|config|options|props|String|Error|Len|Less|Swap|Close|Read|Write|Get|Set|Add|Delete)$/;
/** Classes with a method of a name, up to which it may be guessed by the name. */
const FEW = 2;
const RANK: readonly ResolvedBy[] = ["same_file", "import", "type", "name", "remote"];

export interface FoundCallers {
  callers: Caller[];
  /** Uses of the name that may be meant and were not counted, because nothing tells what they are called on. */
  doubtful: number;
}

/** Everything that uses one of these definitions. */
export function callersOf(snapshot: Snapshot, names: Names, definitions: readonly Known[]): FoundCallers {
  const found = new Map<string, Caller>();
  let doubtful = 0;
  // Who makes a thing calls its constructor.
  const targets = definitions.flatMap((one) => {
    const isConstructor =
      /^(__init__|constructor|__new__)$/.test(one.name) || one.container.split(".").at(-1) === one.name;
    const owner = isConstructor ? names.ownerOf(one) : undefined;
    return owner ? [one, owner] : [one];
  });
  const ids = new Set(targets.map(({ id }) => id));
  for (const [name, wanted] of groupByName(targets)) {
    const judge = judgeOf(snapshot, names, name, wanted, ids);
    for (const { local, files } of aliasesOf(snapshot, name, wanted))
      for (const { file, uses } of snapshot.usesOf(local)) {
        if (files && !files.has(file.id)) continue;
        for (const use of uses) {
          const verdict = judge(file, local, use);
          if (verdict === "doubtful") doubtful += 1;
          if (verdict === null || verdict === "doubtful") continue;
          const caller = toCaller(snapshot, file, use, verdict);
          const key = `${caller.file_path}\0${caller.line}\0${caller.caller_symbol}`;
          const before = found.get(key);
          if (!before || RANK.indexOf(verdict) < RANK.indexOf(before.resolved_by)) found.set(key, caller);
        }
      }
  }
  const tests = (path: string) => (snapshot.byPath.get(path)?.is_test ? 1 : 0);
  const guessed = ({ resolved_by }: Caller) => (resolved_by === "name" ? 1 : 0);
  const callers = [...found.values()].sort(
    (a, b) =>
      guessed(a) - guessed(b) ||
      tests(a.file_path) - tests(b.file_path) ||
      (a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : a.line - b.line),
  );
  return { callers, doubtful };
}

function groupByName(targets: readonly Known[]): Map<string, Known[]> {
  const groups = new Map<string, Known[]>();
  for (const one of targets) groups.set(one.name, [...(groups.get(one.name) ?? []), one]);
  return groups;
}

function toCaller(snapshot: Snapshot, file: IndexedFile, [line, , scope]: Use, resolved_by: ResolvedBy): Caller {
  const around = scope < 0 ? undefined : snapshot.definition(file.id * SPAN + scope);
  return {
    file_path: file.path,
    line,
    caller_symbol: around ? (around.container === "" ? around.name : `${around.container}.${around.name}`) : "",
    service_name: file.service || null,
    resolved_by,
  };
}

/** The names a definition goes by: its own everywhere, and others in the files that import it so. */
export function aliasesOf(
  snapshot: Snapshot,
  name: string,
  wanted: readonly Known[],
): { local: string; files?: Set<number> }[] {
  const aliases = new Map<string, Set<number>>();
  const add = (local: string, file: number) => {
    if (local === name || local === "" || local === "*") return;
    aliases.set(local, (aliases.get(local) ?? new Set()).add(file));
  };
  const pending = [name];
  const seen = new Set(pending);
  for (let next = pending.pop(); next !== undefined && seen.size < 20; next = pending.pop())
    for (const { role, local, file } of snapshot.boundByName(next)) {
      if (role === "import") add(local, file);
      // What a module of Python imports, others get from it.
      const passesOn = role === "export" || snapshot.files.get(file)?.language === "python";
      if (passesOn && local !== next && !seen.has(local) && !/^(default|=|\*)$/.test(local)) {
        // export { create as make }: others import make.
        seen.add(local);
        pending.push(local);
      }
    }
  for (const other of seen) if (other !== name) for (const { file } of snapshot.boundByName(other)) add(other, file);
  // What a module exports as its default, or as a whole, others call as they like.
  for (const one of wanted) {
    const file = snapshot.files.get(one.file);
    if (!file || one.container !== "" || !isWhole(snapshot, one)) continue;
    const tail =
      file.path
        .replace(/\/index\.\w+$/, ".x")
        .replace(/\.(d\.)?\w+$/, "")
        .split("/")
        .at(-1) ?? "";
    const importers = snapshot.boundByTail(tail);
    // A barrel that passes the default on may be called anything.
    const passedOn = importers.some(
      (row) => row.role === "export" && row.name === "default" && row.local === "default",
    );
    for (const row of passedOn ? [...importers, ...snapshot.boundByName("default")] : importers) {
      if (row.name !== "default" && row.name !== "*") continue;
      if (row.role === "import") add(row.local, row.file);
      else if (!/^(default|=|\*)$/.test(row.local))
        for (const { role, local, file: at } of snapshot.boundByName(row.local)) if (role === "import") add(local, at);
    }
  }
  return [{ local: name }, ...[...aliases].map(([local, files]) => ({ local, files }))];
}

function isWhole(snapshot: Snapshot, { file, name, flags }: Known): boolean {
  return (
    flags.includes("default") ||
    snapshot.boundOf(file).some((one) => one.role === "export" && one.name === name && /^(default|=)$/.test(one.local))
  );
}

function isUnderstood(meaning: Meaning): boolean {
  if (meaning.is === "definition") return meaning.of.kind === "class" || meaning.of.flags.includes("object");
  return meaning.is === "instance" || meaning.is === "module";
}

/** Whether a path begins with something that no file of the project defines: a global, a class of the language. */
function isForeign(names: Names, file: IndexedFile, receiver: string): boolean {
  const [, colon = "", base = ""] = /^(?:\^|\[\])?(:?)([A-Za-z_$][\w$]*)/.exec(receiver) ?? [];
  // A field that a class of Java inherits is named like that, too.
  if (file.language === "java" && colon === "" && /^[a-z]/.test(base)) return false;
  return names.name(file, base).length === 0;
}

/** Decides of one use of a name whether one of the definitions is meant, and how that is known; null when not. */
function judgeOf(snapshot: Snapshot, names: Names, name: string, wanted: readonly Known[], ids: ReadonlySet<number>) {
  const family = (language: string) => (/script$/.test(language) ? "script" : language);
  const languages = new Set(wanted.map((one) => family(snapshot.files.get(one.file)?.language ?? "")));
  const files = new Set(wanted.map(({ file }) => file));
  const members = wanted.filter(({ container }) => container !== "");
  const namesakes = snapshot
    .named(name)
    .filter((one) => one.container !== "" && languages.has(family(snapshot.files.get(one.file)?.language ?? "")));
  const isRare = !COMMON.test(name) && namesakes.length <= FEW;
  const isMeant = (meanings: readonly Meaning[]) => meanings.some((one) => "of" in one && ids.has(one.of.id));
  const owners = members.flatMap((member) => {
    const owner = names.ownerOf(member);
    return owner ? [owner] : [];
  });
  return (file: IndexedFile, local: string, [, kind, , receiver]: Use): ResolvedBy | "doubtful" | null => {
    if (kind === "s" || !languages.has(family(file.language))) return null;
    const here: ResolvedBy = files.has(file.id) ? "same_file" : "import";
    if (receiver === "") {
      if (isMeant(names.name(file, local))) return here;
      return null;
    }
    if (local !== name) return null;
    const meanings = receiver === "?" ? [] : names.path(file, receiver);
    if (receiver.startsWith("''")) return null;
    for (const meaning of meanings)
      if (meaning.is === "module") {
        if (meaning.files.some((one) => isMeant(names.exported(one, name))))
          return here === "same_file" ? here : "import";
      } else if (meaning.is === "list") return null;
      else if (meaning.is !== "outside") {
        const { of } = meaning;
        const member = names.member(of, name);
        if (member && ids.has(member.id)) return files.has(file.id) ? "same_file" : "type";
        // Called through a base class or an interface; super means that class itself.
        if (member && !receiver.startsWith("^") && owners.some((owner) => owner.id !== of.id && names.isA(owner, of)))
          return "type";
      }
    // Something of the project that has no such member: another one is meant.
    if (meanings.some(isUnderstood)) return null;
    // Java: a method of the own class, or of one around it.
    if (kind === "c" && file.language === "java" && receiver.startsWith(":") && isMeant(names.name(file, local)))
      return here;
    if (meanings.some(({ is }) => is === "outside") || members.length === 0) return null;
    if (receiver !== "?" && isForeign(names, file, receiver)) return null;
    if (kind === "r" && receiver !== "?" && !isRare) return null;
    return isRare ? "name" : "doubtful";
  };
}
