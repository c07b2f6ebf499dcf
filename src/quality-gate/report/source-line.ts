import { join } from "node:path";
import type { ScanViolation } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { readStable, textOf } from "../../source/read-file.ts";
import { HOLDS_SECRET } from "../secret-codes.ts";

const MAX_WIDTH = 110;
/** Words that name a secret and are none. */
const NAMES =
  /^(const|let|var|export|env|arg|return|val|def|begin|rsa|private|public|key|\w*(pass|secret|token|api|auth|cred|url|uri|dsn|pwd|user|aws|access|github|stripe|slack|jwt|db|database|bearer|client)\w*)$/i;
const ASSIGNED =
  /((?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|private_?key|credential|pwd)\w{0,40}["']?\s{0,4}[:=]{1,2}\s{0,4}["'`]?)[^"'`\s,;)]{1,500}/gi;

/** Gives the line of a finding as it may be shown: trimmed, cut, and without what may be a secret; "" when there is none. */
export function sourceLines(root: string): (finding: ScanViolation, secret: boolean) => string {
  const files = new Map<string, string[]>();
  return ({ file_path, line }, secret) => {
    if (line < 1 || file_path === "") return "";
    let lines = files.get(file_path);
    if (!lines) {
      const read = readStable(join(root, file_path));
      const content = "skip" in read ? read : textOf(read.bytes, "text");
      lines = "skip" in content ? [] : content.text.split(/\r?\n/);
      files.set(file_path, lines);
    }
    const text = (lines[line - 1] ?? "").slice(0, 2000).trim();
    const shown = secret ? withoutValues(text) : withoutSecrets(text);
    return shown.length > MAX_WIDTH ? `${shown.slice(0, MAX_WIDTH - 1)}…` : shown;
  };
}

/** Whether a finding lies on a line that holds a secret by the word of any finding, silenced and known ones too. */
export function secretLines(report: ScanReport): (finding: ScanViolation) => boolean {
  const { violations, suppressed_findings, known_findings } = report;
  const lines = new Set<string>();
  for (const { category, code, file_path, line } of [...violations, ...suppressed_findings, ...known_findings])
    if (category === "secrets" || HOLDS_SECRET.has(code)) lines.add(`${file_path}:${line}`);
  return ({ file_path, line }) => lines.has(`${file_path}:${line}`);
}

/** A line that holds a secret: what stands before the value, its own words only where they name things. */
function withoutValues(text: string): string {
  const at = text.search(/[:=]/);
  const before = at === -1 ? text : text.slice(0, at);
  const named = before
    .replace(/(["'`])[^"'`]*(["'`]|$)/g, "$1…$2")
    .replace(/[\w+/~-]+/g, (word) => (NAMES.test(word) ? word : "…"));
  return at === -1 ? named : `${named}${text[at]} …`;
}

/** A line of another kind: nothing that is assigned to a secret's name, stands in an address, or looks random. */
function withoutSecrets(text: string): string {
  return text
    .replace(ASSIGNED, "$1…")
    .replace(/:\/\/[^/\s:@"']{0,200}:[^/\s@"']{1,200}@/g, "://…@")
    .replace(/[A-Za-z0-9+/_=-]{20,}/g, (word) =>
      /\d/.test(word) && /[A-Z]/.test(word) && /[a-z]/.test(word) ? `${word.slice(0, 4)}…` : word,
    );
}
