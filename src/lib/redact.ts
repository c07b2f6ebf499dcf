/** Tokens that tell by their form what they are; the start that says who issued them stays. */
const TOKENS =
  /\b(sk-ant-|sk-proj-|sk-|sk_live_|sk_test_|rk_live_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|hf_|AKIA|ASIA|AIza|SG\.|dckr_pat_|dop_v1_|shpat_|hvs\.|eyJ)[A-Za-z0-9_./+=-]{12,}/g;
const KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g;
/** A line of a key whose first line is not in the text; a SHA-256 in hexadecimal is none. */
const KEY_LINE = /^(?![0-9a-f]{64}$)[A-Za-z0-9+/]{64}$/gm;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{12,}/gi;
const IN_URL = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;
/** `password=…`, `"api_key": "…"`, `--token …`: the name stays. */
const NAMED =
  /((?:pass(?:word|wd)?|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key|client[_-]?secret|credentials?|token)["']?\s*[:=]\s*["']?)([^\s"',;)}\]]{6,})/gi;
/** What stands for a value: a variable, a template, a call. */
const NO_VALUE = /^(?:[$<{*]|process\.|env\.|os\.|config\.|true$|false$|null$|undefined$|string$|\[redacted\])/i;

const HIDDEN = "[redacted]";

/** A text with what looks like a secret taken out: tokens, keys, passwords in addresses, values of telling names. */
export function redactSecrets(text: string): string {
  return text
    .replaceAll(KEY_BLOCK, `-----BEGIN $1----- ${HIDDEN}`)
    .replaceAll(KEY_LINE, HIDDEN)
    .replaceAll(TOKENS, `$1${HIDDEN}`)
    .replaceAll(BEARER, `$1 ${HIDDEN}`)
    .replaceAll(IN_URL, `$1:${HIDDEN}@`)
    .replaceAll(NAMED, (all, name: string, value: string) => (NO_VALUE.test(value) ? all : name + HIDDEN));
}
