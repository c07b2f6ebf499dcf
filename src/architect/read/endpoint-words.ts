import type { OutlineEndpoint } from "../outline.ts";
import { addResponse } from "./endpoint-bodies.ts";
import { addQuery, queryList } from "./endpoint-query.ts";
import { plain, sentences } from "./text.ts";

/** Takes in what sentences say: "requires a token", "Query parameters: `page`", "answers 404 when …". */
export function takeSentences(endpoint: OutlineEndpoint, text: string): void {
  endpoint.auth ??= saysAuth(text, true);
  for (const sentence of sentences(text)) {
    const query = /\bquery param(?:eter)?s?:?\s*(.+)$/i.exec(sentence)?.[1];
    if (query?.includes("`")) for (const parameter of queryList(query)) addQuery(endpoint, parameter);
    const status = /\b(?:answers?|returns?|responds?)\s+(?:with\s+)?(?:an?\s+)?`?([1-5]\d\d)\b`?\s*(.*)$/i.exec(
      sentence,
    );
    if (status !== null) addResponse(endpoint, Number(status[1]), null, plain(status[2] ?? "").replace(/\.$/, ""));
  }
}

/** What a text says about tokens. In running text only clear words count; in an auth column or header anything does. */
export function saysAuth(text: string, running = false): boolean | null {
  const words = plain(text).toLowerCase();
  if (words === "") return null;
  if (
    /\b(?:public|no auth(?:entication)?|unauthenticated|anonymous|without (?:a )?(?:token|auth)|not required)\b/.test(
      words,
    )
  )
    return false;
  if (
    /\brequires?\b[^.]*\b(?:jwt|auth\w*|token|bearer|log(?:ged)?[ -]?in|role|scope)\b|\b(?:admin|merchant|manager|staff|owner)s?(?: or \w+)? only\b|\bonly (?:for )?(?:admins?|authenticated)\b|\(auth(?:enticated| required)?\)|\bauthenticated (?:user|request)s?\b|\bbearer\b|\bauth required\b|\bprotected\b/.test(
      words,
    )
  )
    return true;
  if (running) return null;
  if (/^(?:no|none|false|optional|-|✗|❌|❌ no)\b|^[✗❌]/.test(words)) return /^optional/.test(words) ? null : false;
  return true;
}

/** The first sentence, without bodies and full stop. */
export function summaryOf(text: string): string {
  const words = text.replace(/`?\{.*$/s, "").replace(/[\s:–—→-]+$/, "");
  return plain(sentences(words)[0] ?? "")
    .replace(/\.$/, "")
    .slice(0, 200);
}
