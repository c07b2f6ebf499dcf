import { isCommentAt } from "./ast.ts";
import type { SourceFile } from "./source-file.ts";

/** An environment variable that the code reads. */
export interface EnvironmentUse {
  name: string;
  has_default: boolean;
  line: number;
}

const NAME = "([A-Za-z_][A-Za-z0-9_]{1,80})";
const FALLBACK = /^\s*["'\])]*\s*(?:\)?\s*(?:\?\?|\|\||\bor\b)|,\s*[^)\s])/;
const READS: Readonly<Record<string, readonly RegExp[]>> = {
  script: [
    new RegExp(`\\b(?:process\\.env|import\\.meta\\.env|Bun\\.env)(?:\\.|\\[\\s*["'\`])${NAME}`, "g"),
    new RegExp(`\\bDeno\\.env\\.get\\(\\s*["'\`]${NAME}`, "g"),
    /\b(?:config|configService|env)\.(?:get|getOrThrow)(?:<[^<>]{0,40}>)?\(\s*["'`]([A-Z][A-Z0-9_]{1,80})/gi,
  ],
  python: [
    new RegExp(`\\bos\\.environ(?:\\.get\\(|\\[)\\s*["']${NAME}`, "g"),
    new RegExp(`\\b(?:os\\.)?getenv\\(\\s*["']${NAME}`, "g"),
    /\b(?:environ|env|config)(?:\.(?:str|int|bool|list|url|get))?\(\s*["']([A-Z][A-Z0-9_]{1,80})/g,
  ],
  go: [
    new RegExp(`\\bos\\.(?:Getenv|LookupEnv)\\(\\s*"${NAME}`, "g"),
    /\b(?:getEnv|getenv|GetEnv|env|envOr|mustEnv|MustGetenv)\w*\(\s*"([A-Z][A-Z0-9_]{1,80})/g,
  ],
  java: [new RegExp(`\\bSystem\\.getenv\\(\\s*"${NAME}`, "g"), /\$\{([A-Z][A-Z0-9_]{1,80})/g],
};
const TAKEN_APART = /\{([^{}=]{1,400}(?:=[^{}]{0,100})?)\}\s*=\s*process\.env\b/g;
const MOST = 200;

/** Environment variables a code file reads, each where it is read first. */
export function environmentIn(file: SourceFile): EnvironmentUse[] {
  const { language, text } = file;
  const key = language === "typescript" || language === "javascript" ? "script" : (language ?? "");
  const found = new Map<string, EnvironmentUse>();
  if (!/env/i.test(text) && !(language === "java" && text.includes("${"))) return [];
  const add = (name: string, at: number, has_default: boolean) => {
    const known = found.get(name);
    if (known) known.has_default ||= has_default;
    else if (found.size < MOST && !isCommentAt(file, at))
      found.set(name, { name, has_default, line: file.position(at).line });
  };
  for (const pattern of READS[key] ?? [])
    for (const { index, 0: whole, 1: name = "" } of text.matchAll(pattern)) {
      const rest = text.slice(index + whole.length, index + whole.length + 60);
      add(name, index, language === "java" ? /^:/.test(rest) : FALLBACK.test(rest));
    }
  if (key === "script")
    for (const { index, 1: list = "" } of text.matchAll(TAKEN_APART))
      for (const part of list.split(",")) {
        const [, name] = /^\s*([A-Z][A-Z0-9_]+)/.exec(part) ?? [];
        if (name) add(name, index, part.includes("="));
      }
  return [...found.values()];
}

const LISTENS =
  /\.listen\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b|\b(?:PORT|port)\b["'\])]*\s*(?:\)?\s*(?:\|\||\?\?|\bor\b)|,|:-)\s*["']?(\d{2,5})\b|(?:ListenAndServe(?:TLS)?|\.(?:Run|Start|Listen))\(\s*"[^"\n]{0,40}:(\d{2,5})"|\bport\s*=\s*(\d{2,5})\b|\bconst\s+port\s*=\s*(\d{2,5})\b|\bAddr:\s*":(\d{2,5})"|\bPORT\s*=\s*(\d{2,5})\b/g;
const SETTING =
  /^\s*(?:server\.port\s*[=:]|EXPOSE\s)\s*(?:\$\{[A-Z_]+:)?(\d{2,5})\b|^server:\s*\n\s+port:\s*(?:\$\{[A-Z_]+:)?(\d{2,5})/gm;
const PUBLISHED = /^\s*-\s*["']?(?:[\d.]+:)?\$?\{?[\w:-]*\}?:?(\d{2,5})(?:\/tcp)?["']?\s*$/gm;

/** Ports that a file says its service listens on. */
export function portsIn(file: SourceFile): number[] {
  const { kind, path, text } = file;
  const pattern =
    kind === "code" ? LISTENS : kind === "dockerfile" ? SETTING : kind === "compose" ? PUBLISHED : undefined;
  const patterns = pattern ? [pattern] : /(^|\/)application[\w-]*\.(properties|ya?ml)$/.test(path) ? [SETTING] : [];
  if (kind === "code" && !/listen|\bport\b|\bPORT\b|\.Run\(|\.Start\(|Addr:/i.test(text)) return [];
  const found = new Set<number>();
  for (const one of patterns)
    for (const { index, 0: whole, ...groups } of text.matchAll(one)) {
      const port = Number(Object.values(groups).find((value) => typeof value === "string" && /^\d+$/.test(value)));
      if (
        port > 0 &&
        port < 65_536 &&
        found.size < 20 &&
        !(kind === "code" && isCommentAt(file, index + whole.length - 1))
      )
        found.add(port);
    }
  return [...found];
}
