import { nearest } from "../lib/nearest.ts";
import { isCommentAt } from "../source/ast.ts";
import type { SourceFile } from "../source/source-file.ts";

/**
 * A comment that silences findings (specification 12, risk 5). It acts on its own line, and on the next line of code as
 * well when it stands alone:
 * - `so-ignore CODE: reason`, `noqa: CODE` and `nosec CODE` silence those codes (several are separated by commas);
 * - `nosec` without codes, or with codes of another tool, silences every code;
 * - `so-ignore-file CODE: reason` silences the code in the whole file.
 * The reason is optional.
 */
export interface Suppression {
  kind: "so-ignore" | "so-ignore-file" | "noqa" | "nosec";
  /** Where the comment stands, from 1. */
  line: number;
  column: number;
  /** Codes it names; empty means all. */
  codes: string[];
  /** Lines it acts on, from 1; empty means the whole file. */
  targets: number[];
  reason: string;
}

const MENTIONS = /so-ignore|nosec|noqa/i;
const MARK = "(?:#|//|/\\*|--|<!--)\\s{0,8}";
const CODES = "([A-Z][A-Z0-9-]*\\d(?:\\s*,\\s*[A-Z][A-Z0-9-]*\\d){0,20})";
const FORMS = [
  new RegExp(`${MARK}(so-ignore(?:-file)?)\\s{1,4}${CODES}(?:\\s{0,4}:\\s{0,4}(.{0,300}))?`),
  new RegExp(`${MARK}(noqa)\\s{0,4}:\\s{0,4}${CODES}(.{0,300})`, "i"),
  new RegExp(`${MARK}(nosec)\\b[ \\t:]{0,4}${CODES}?(.{0,300})`, "i"),
];
const ALONE = /^\s*(?:#|\/\/|\{?\/\*|--|<!--)/;
/** A code of this program: letters, a hyphen, digits. Others (E501, B105) are another tool's. */
const OURS = /^[A-Z]+(-[A-Z]+)*-\d{3}$/;

/** The comments of a file that silence something. */
export function suppressionsOf(file: SourceFile): Suppression[] {
  if (!MENTIONS.test(file.text)) return [];
  const found: Suppression[] = [];
  let offset = 0;
  file.lines.forEach((text, index) => {
    const begin = offset;
    offset = file.text.indexOf("\n", begin) + 1 || file.text.length;
    if (text.length > 2000 || !MENTIONS.test(text)) return;
    for (const form of FORMS) {
      const match = form.exec(text);
      const made = match ? suppression(match, file.lines, index) : [];
      // Codes of other tools are common (noqa: E501): whether they stand in a comment is not worth a parse.
      if (match && made.length > 0 && (file.kind !== "code" || isComment(file, begin + match.index)))
        found.push(...made);
    }
  });
  return found;
}

/** A file that cannot be parsed is believed line by line. */
function isComment(file: SourceFile, offset: number): boolean {
  return file.tree() === null || isCommentAt(file, offset);
}

function suppression(match: RegExpExecArray, lines: readonly string[], index: number): Suppression[] {
  const kind = (match[1] ?? "").toLowerCase() as Suppression["kind"];
  const named = match[2] ? match[2].toUpperCase().split(/\s*,\s*/) : [];
  const codes = named.filter((code) => OURS.test(code));
  if (codes.length === 0 && kind !== "nosec") return [];
  const line = index + 1;
  const next = ALONE.test(lines[index] ?? "") ? nextCode(lines, index) : 0;
  const targets = kind === "so-ignore-file" ? [] : next > 0 ? [line, next] : [line];
  const reason = (match[3] ?? "").replace(/\*\/.*$|-->.*$/, "").replace(/^[\s:–—-]+|\s+$/g, "");
  return [{ kind, line, column: match.index + 1, codes, targets, reason }];
}

/** The first line after `index` (from 0) that is no comment; its number from 1. */
function nextCode(lines: readonly string[], index: number): number {
  for (let next = index + 1; next < lines.length; next += 1) {
    const text = lines[next]?.trim() ?? "";
    if (text !== "" && !ALONE.test(text)) return next + 1;
  }
  return 0;
}

/** Answers which comment silences a finding, and tells afterwards which comments silenced nothing. */
export interface Silencer {
  by(file: string, code: string, line: number): Suppression | undefined;
  /** `judged`: whether the rule with that code ran; of others nothing can be said. */
  idle(judged: (code: string) => boolean, known: readonly string[]): IdleSuppression[];
}

/** A comment that names a code without effect. */
export interface IdleSuppression {
  file: string;
  line: number;
  column: number;
  code: string;
  message: string;
}

export function silencer(byFile: ReadonlyMap<string, readonly Suppression[]>): Silencer {
  const used = new Set<string>();
  const nameOf = (file: string, { line, column }: Suppression, code: string) => [file, line, column, code].join("\0");
  return {
    by(file, code, line) {
      let first: Suppression | undefined;
      for (const one of byFile.get(file) ?? []) {
        if (one.codes.length > 0 && !one.codes.includes(code)) continue;
        if (one.targets.length > 0 && !one.targets.includes(line)) continue;
        used.add(nameOf(file, one, code));
        first ??= one;
      }
      return first;
    },
    idle(judged, known) {
      const idle: IdleSuppression[] = [];
      for (const [file, suppressions] of byFile) {
        // Documents show such comments without meaning them.
        if (/\.(mdx?|rst|adoc|txt|html?)$/i.test(file)) continue;
        for (const one of suppressions)
          for (const code of one.codes) {
            const { line, column } = one;
            if (!known.includes(code)) {
              // noqa and nosec are shared with other tools, whose codes may look alike.
              if (one.kind === "noqa" || one.kind === "nosec") continue;
              const meant = nearest(code, known);
              const hint = meant ? `; did you mean ${meant}?` : ".";
              idle.push({ file, line, column, code, message: `There is no rule ${code} to silence${hint}` });
            } else if (judged(code) && !used.has(nameOf(file, one, code)))
              idle.push({
                file,
                line,
                column,
                code,
                message: `This comment silences ${code}, which finds nothing here.`,
              });
          }
      }
      return idle;
    },
  };
}
