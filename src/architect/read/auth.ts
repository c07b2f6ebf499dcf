import type { Outline, OutlineEndpoint } from "../outline.ts";
import { type Document, serviceOf } from "./document.ts";
import type { EndpointDraft } from "./endpoint-draft.ts";
import { normalPath } from "./paths.ts";
import { key, plain, sentences } from "./text.ts";
import { ancestry, passages, type Section } from "./tree.ts";

const TOKEN = /\bjwts?\b|json web tokens?|\bbearer\b|\baccess tokens?\b/i;
const EVERY =
  /\b(?:all|every|each)\b[^.]{0,60}?\b(?:endpoints?|routes?|requests?)\b[^.]{0,40}?\b(?:needs?|requires?|must|are (?:protected|authenticated))\b[^.]*\b(?:auth\w*|tokens?|jwt|bearer)\b/i;

/**
 * Whether the PRD asks for bearer tokens and who issues them; and takes rules such as "All endpoints require a token except
 * /auth/login" over to the endpoints that say nothing themselves.
 */
export function readAuth(document: Document, drafts: readonly EndpointDraft[]): Outline["auth"] {
  const rules = rulesOf(document);
  for (const { endpoint, section } of drafts) {
    if (endpoint.auth !== null) continue;
    const rule = rules.find(
      (each) =>
        each.section.level === 0 ||
        ancestry(section).includes(each.section) ||
        each.service === null ||
        each.service === endpoint.owner,
    );
    if (rule === undefined) continue;
    endpoint.auth = !rule.exceptions.some((exception) => excepts(exception, endpoint));
  }
  const text = document.sections.flatMap((section) => [
    section.title,
    ...passages(section.blocks).map((each) => each.text),
    ...tableTexts(section),
  ]);
  const scheme = text.some((each) => TOKEN.test(each)) ? "jwt" : "none";
  return { scheme, issuer: scheme === "none" ? null : issuerOf(document, drafts) };
}

function tableTexts(section: Section): string[] {
  return section.blocks.flatMap((block) =>
    block.kind === "table" ? block.rows.map((row) => row.cells.join(" ")) : [],
  );
}

interface Rule {
  section: Section;
  /** The service it is about; null for the whole system. */
  service: string | null;
  /** Paths, with or without "*" at the end, and words: "/auth/login", "/public/*", "register". */
  exceptions: string[];
}

/** Letters in which "register" and "registration" agree. */
const STEM = 6;

/** Whether an endpoint is one that a rule leaves out: by its path, or by the last word of it. */
function excepts(exception: string, endpoint: OutlineEndpoint): boolean {
  if (!exception.startsWith("/")) {
    const words = endpoint.path.split("/").filter((word) => word !== "" && !word.startsWith("{"));
    const [last, excepted] = [key(words.at(-1) ?? ""), key(exception)];
    return last === excepted || (last.length >= STEM && last.slice(0, STEM) === excepted.slice(0, STEM));
  }
  const prefix = /^(.*?)\/?\*+$/.exec(exception)?.[1];
  if (prefix !== undefined) return `${endpoint.path}/`.includes(`${prefix}/`);
  const path = normalPath(exception);
  return endpoint.path === path || endpoint.path.endsWith(path);
}

/** "register and login", "the `/auth/login` and `GET /products` endpoints", "health checks" as paths and words. */
function exceptionsIn(text: string): string[] {
  const bare = plain(text).replace(/[.;]\s.*$|\.$/s, "");
  return bare.split(/\s*[,;]\s*|\s+(?:and|or|&)\s+/).flatMap((part) => {
    const path = /(\/[\w/{}:*-]+)/.exec(part)?.[1];
    if (path !== undefined) return [path];
    const word = part
      .replace(/\b(?:the|for|on|those|user|public|and)\b/gi, " ")
      .replace(/\b(?:endpoints?|routes?|checks?|pages?|requests?)\b/gi, " ")
      .trim();
    return /^[\w-]+(?: [\w-]+)?$/.test(word) ? [word] : [];
  });
}

function rulesOf(document: Document): Rule[] {
  return document.sections.flatMap((section) =>
    passages(section.blocks).flatMap(({ text }) =>
      sentences(text).flatMap((sentence) => {
        if (!EVERY.test(plain(sentence))) return [];
        const service = document.names.mentions(sentence)[0]?.name ?? serviceOf(section, document);
        const excepted =
          /\b(?:except(?: for)?|unless|other than|besides|excluding|apart from)\b(.*)$/is.exec(sentence)?.[1] ?? "";
        return [{ section, service, exceptions: exceptionsIn(excepted) }];
      }),
    ),
  );
}

const ISSUES = /\b(?:issu(?:es?|ing|ance|ed)|signs?|mints?|authorization server|identity provider|generates?)\b/i;

function issuerOf(document: Document, drafts: readonly EndpointDraft[]): string | null {
  for (const section of document.sections) {
    const owner = serviceOf(section, document);
    for (const { text } of [...passages(section.blocks), ...tableTexts(section).map((each) => ({ text: each }))])
      for (const sentence of sentences(text)) {
        const verb = ISSUES.exec(sentence);
        if (verb === null || !(TOKEN.test(sentence) || /\btokens?\b|identity provider/i.test(sentence))) continue;
        const before = document.names.mentions(sentence.slice(0, verb.index)).at(-1)?.name;
        const by = /^\w+\s+by\b/i.test(sentence.slice(verb.index))
          ? document.names.mentions(sentence.slice(verb.index))[0]?.name
          : undefined;
        const issuer = by ?? before ?? owner;
        if (issuer !== null && issuer !== undefined) return issuer;
      }
  }
  const logins = drafts
    .filter(
      ({ endpoint }) => endpoint.method === "POST" && /\/(?:login|token|signin|sign-in|sessions)$/.test(endpoint.path),
    )
    .map(({ endpoint }) => endpoint.owner);
  const owners = new Set(logins.filter((owner) => owner !== null));
  const [only] = owners;
  return owners.size === 1 && only !== undefined ? only : null;
}
