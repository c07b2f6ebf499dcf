import type { Document } from "./document.ts";
import { pascal, plain, singular } from "./text.ts";

/** Last words of headings and labels that hold fields without being entities. */
const NOT_LAST =
  /(?:^|\s)(?:requests?|responses?|payloads?|headers?|parameters?|params|body|query|errors?|codes?|format|envelope|schema|tokens? payload|claims|config(?:uration)?|settings page|variables|environment|machine|transitions?|rules?|requirements?|endpoints?|apis?|events?|service|services|page|pages|screen|view|dashboard|form|table view|metrics|alerts?|logs|diagram|flow|workflow|overview|details|examples?|notes?|tests?|data|stack|dto|input|output|types?|enums?|indexes|constraints?|relationships?|fields|attributes|properties|columns|pagination|limits?|jobs?|permissions matrix|matrix)$/i;

const NOT_NAMES =
  /^(?:auth|authentication|authorization|security|observability|performance|overview|description|purpose|notes?|frontend|backend|architecture|deployment|docker|infrastructure|stack|features?|goals?|rules|validation|business logic|primary key|foreign keys?|unique|index|method|path|field|name|type|example|see also|important|note|warning|todo|tbd|all|none|total|and|or)$/i;

const ASIDE =
  /^(?:fields|attributes|properties|columns|relationships?|constraints?|notes?|rules?|business rules?|indexes|states?|transitions?|examples?|description|purpose|none|nothing)$/i;

/**
 * The entity a heading or bold name stands for, "JournalEntry" for "Journal Entry (accounts-service)"; null for what names
 * no entity. The owner is the service in parentheses, when there is one. A place that is certain to name entities (a record
 * below "Data Model") may use words that headings use for other things; a list of what a service owns even "XRequest".
 */
export function entityName(
  text: string,
  document: Document,
  certain: boolean | "owned" = false,
): { name: string; owner: string | null } | null {
  const bare = plain(text)
    .replace(/^\p{Extended_Pictographic}+\s*/u, "")
    .replace(/^(?:entity|model|table|aggregate|collection|resource)\s*(?:\d+)?\s*[:–—-]\s*/i, "");
  const tail = / (?:—|–|-|\|) (?:owned by |owner: )?(.+)$/i.exec(bare);
  const head = tail === null ? bare : bare.slice(0, tail.index).trim();
  const inner = /\(([^)]*)\)\s*$/.exec(head)?.[1];
  const owner = [inner, tail?.[1]].map((part) => ownerOf(part, document)).find((each) => each !== null) ?? null;
  const title = head
    .replace(/\s*\([^)]*\)\s*$/, "")
    .replace(/:$/, "")
    .trim();
  const name = title.replace(
    /\s+(?:entity|model|table|aggregate(?: root)?|object|document|collection|record schema|schema|data model|fields)$/i,
    "",
  );
  if (!/^\p{L}[\p{L}\p{N} _-]{0,48}$/u.test(name) || name.split(" ").length > 4) return null;
  const table = /^[a-z]+(?:_[a-z]+)*$/.test(name);
  if (certain === "owned") return ASIDE.test(name) ? null : { name: pascal(table ? singular(name) : name), owner };
  if (/(?:Request|Dto|DTO)$/.test(name)) return null;
  if (certain) return { name: pascal(table ? singular(name) : name), owner };
  if (NOT_NAMES.test(name) || NOT_LAST.test(title.replace(/\s+schema$/i, ""))) return null;
  return /(?:Response|Payload|Input)$/.test(name) ? null : { name: pascal(table ? singular(name) : name), owner };
}

function ownerOf(text: string | undefined, document: Document): string | null {
  return text === undefined
    ? null
    : document.names.resolve(
        text.replace(/^(?:owned by|owner:?|in|for|of)\s+(?:the\s+)?/i, "").split(/\s*[/,]\s*/)[0] ?? "",
      );
}
