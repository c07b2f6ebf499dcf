import { AppError } from "../../lib/errors.ts";

/** Shortest text that can say anything: below it there is no PRD, only a title. */
const MIN_LENGTH = 100;
/** Longest accepted text, in characters; real PRDs stay under a tenth of it. */
const MAX_LENGTH = 4_000_000;
/** A longer line is cut: nobody writes it by hand, and inline parsing costs more than linear time on some of them. */
const MAX_LINE = 20_000;

const REMEDY =
  "The builtin architect reads structured Markdown only; set architect.backend to claude-code (needs budget_limit) or host (the calling agent plans) for prose. " +
  "Name the services in a table `Service | Responsibility` or one heading each (`## Service 1: orders-service`); below them name " +
  "entities (`### Order` with a table `Field | Type`), endpoints (`- POST /orders — create an order`), events " +
  "(a table `Event | Publisher | Payload | Consumers`) and state changes (`draft → paid (conditions)`).";

/** PRD_UNREADABLE: what is missing, and what would help. */
export function unreadable(what: string): AppError {
  return new AppError("PRD_UNREADABLE", what, { remedy: REMEDY });
}

/** Refuses what is no Markdown document: empty, too short, too long, binary. Errors: PRD_UNREADABLE. */
export function assertReadable(markdown: string): void {
  const length = markdown.trim().length;
  if (length === 0) throw unreadable("The PRD is empty.");
  if (markdown.includes("\0"))
    throw unreadable("The PRD is binary: it holds NUL bytes. Expected Markdown text in UTF-8.");
  const broken = markdown.split("\uFFFD").length - 1;
  if (broken > 3 && broken * 200 > length)
    throw unreadable(`The PRD is binary or not UTF-8: ${broken} characters could not be decoded.`);
  if (length < MIN_LENGTH)
    throw unreadable(
      `The PRD has ${length} characters; it needs at least ${MIN_LENGTH} to name services, entities and endpoints.`,
    );
  if (length > MAX_LENGTH)
    throw unreadable(`The PRD has ${length} characters; the limit is ${MAX_LENGTH}. Split it or remove appendices.`);
}

/**
 * The text with what makes Markdown parsing slow cut down: endless lines, indentation and quote marks hundreds of levels
 * deep, runs of hundreds of backticks. Line numbers stay the same.
 */
export function tamed(markdown: string): string {
  return markdown
    .replace(/^\uFEFF/, "")
    .replace(/[\u2010\u2011]/g, "-")
    .split(/\r\n|\r|\n/)
    .map(tamedLine)
    .join("\n");
}

function tamedLine(line: string): string {
  let text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
  if (/^[\s>]{80}/.test(text)) text = text.replace(/^[\s>]{80}[\s>]*/, (prefix) => prefix.slice(0, 80));
  return text.includes("``````````") ? text.replace(/`{10,}/g, "``````````") : text;
}
