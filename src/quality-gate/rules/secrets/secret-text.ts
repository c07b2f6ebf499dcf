import { crc32 } from "node:zlib";
import type { FileKind } from "../../../source/languages.ts";
import { LANGUAGES } from "../../../source/languages.ts";
import type { FileInfo } from "../../../source/source-file.ts";

/** Secrets are looked for in everything that can be read. */
export const EVERYWHERE = { languages: LANGUAGES, files: ["code", "dockerfile", "compose", "text"] as FileKind[] };

const PLACEHOLDER =
  /example|place[-_ ]?holder|change[-_ ]?(me|this|it)|your[-_ ]?\w|\bmy[-_]|dummy|fake|sample|x{4,}|\*{3,}|\.{3}|…|\xe2\x80\xa6|[<>{}]|\$[({A-Z_a-z]|%[(s]|%[A-Z_]+%|redacted|insert|replace|not[-_ ]?(a[-_ ]?)?real|invalid|todo|fixme|goes[-_ ]?here|removed|masked|hidden|deadbeef|foobar/i;
const ALPHABETS = ["abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm"];

/** Whether a value stands for a secret instead of being one: a template, an example, a row of the same or of neighbours. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || isMonotonous(value);
}

/** Few different characters for its length, one character five times in a row, or six neighbours in an alphabet. */
export function isMonotonous(value: string): boolean {
  if (value.length >= 12 && new Set(value).size < 6) return true;
  if (/(.)\1{4}|^(.{1,8}?)\2{2,}.{0,7}$/.test(value)) return true;
  const lower = value.toLowerCase();
  return ALPHABETS.some((alphabet) => {
    for (let at = 0; at + 6 <= lower.length; at += 1) {
      const part = lower.slice(at, at + 6);
      if (alphabet.includes(part) || alphabet.includes([...part].reverse().join(""))) return true;
    }
    return false;
  });
}

/** Whether a value is filled in later: a variable, a template, a row of stars. */
export function isTemplated(value: string): boolean {
  return /[<>{}]|\$[({A-Z_]|%[(s]|\*{3,}|\.{3}|…|\xe2\x80\xa6|x{4,}|redacted|placeholder/i.test(value);
}

/** Shannon entropy in bits a character: random base64 of 40 characters has about 4.8, words about 3. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** Pairs of letters that make up most of English text and of names in programs. */
const PAIRS = new Set(
  (
    "th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ur " +
    "ic ll ne ch ro ma el om li la io be ce co ta tr us pe no ut wi ot ow ho ec em so im di ss me na pl ac id pr un ke ey " +
    "ap pi ai ck se cr ge ig gh op ag am ir ad su ab ul po da ie fo wh ay rs ct mo vi ev ns il ly ts rt iv ee oo tt ni os " +
    "lo fi wo ry bl pa ca ga go ow od ok ke au ef sh sp up ud ub ob og um ui wa we pp cl rd rk rm rn ru rl sc sy ba bo br " +
    "bu by cu do dr du ei ex fa fe fl fr ft gi gr gu hu ia ib if ip ki ks lu ls lt mb mi mm mp mu nc nf ni nu oc oi oa pu " +
    "ph qu rc rg ri rp rr rv sk sl sm tu tw ty ua ue ug uc va ve vo vs wn wr xt ye yo ys ze"
  ).split(" "),
);

/** The share of letter pairs inside words that English has, 0 to 1: words reach 0.8, random letters about 0.35. */
export function wordiness(value: string): number {
  let pairs = 0;
  let known = 0;
  for (const word of value
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .match(/[a-z]+/g) ?? [])
    for (let at = 0; at + 2 <= word.length; at += 1) {
      pairs += 1;
      if (PAIRS.has(word.slice(at, at + 2))) known += 1;
    }
  return pairs === 0 ? 0 : known / pairs;
}

/** Whether a value consists of words: mostly letters, which read like English; of few letters more surely so. */
export function isWords(value: string): boolean {
  const letters = value.replace(/[^A-Za-z]/g, "").length;
  if (letters < value.length * 0.7 || !/[A-Za-z]{3}/.test(value)) return false;
  return wordiness(value) >= (letters < 24 ? 0.8 : 0.72);
}

/** Whether a value looks like a machine made it. One in thirty tokens of 20 letters and digits has no digit. */
export function looksRandom(value: string, bits = 3): boolean {
  if (isPlaceholder(value) || entropy(value) < bits) return false;
  return /\d/.test(value) || (value.length >= 16 && wordiness(value) < 0.65);
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The six characters GitHub and npm put behind the 30 random ones of a token: their CRC-32 in base 62. */
export function checksumOf(random: string): string {
  let text = "";
  for (let rest = crc32(random); rest > 0; rest = Math.floor(rest / 62)) text = `${BASE62[rest % 62]}${text}`;
  return text.padStart(6, "0");
}

/** Whether the last six of 36 characters are the checksum of the others. */
function hasChecksum(body: string): boolean {
  return body.length === 36 && checksumOf(body.slice(0, 30)) === body.slice(30);
}

/**
 * Whether 36 characters may be a token that was issued: the last six are its checksum. One that does not fit is made up
 * where a test shows it; elsewhere what looks random is reported all the same, as nobody writes that by hand.
 */
export function isIssued(body: string, { is_test }: Pick<FileInfo, "is_test">): boolean {
  if (isPlaceholder(body)) return false;
  return hasChecksum(body) || (!is_test && looksRandom(body, 3.5) && !isWords(body));
}

/** The JSON object in a part of a JWT; undefined when there is none. */
export function decodedPart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Files that show what a setting looks like instead of holding it. */
export function isTemplateFile({ path }: FileInfo): boolean {
  if (/(^|\/)(readme|changelog|changes|news|history|metadata|pkg-info)(\.\w+)?$/i.test(path)) return true;
  return /(\.(md|mdx|rst|adoc|example|sample|template|tmpl|dist|html?|svg|po|csv)|[._-](example|sample|template))(\.[\w]+)?$|(^|[/._-])examples?([/._-]|$)|(^|\/)(i18n|locales?|lang|translations)\//i.test(
    path,
  );
}

/** Runs of continuous integration and containers of an editor: their databases live as long as they do. */
const RUNS =
  /(^|\/)(\.github\/workflows|\.circleci|\.devcontainer|\.buildkite|\.woodpecker)\/|(^|\/)(\.gitlab-ci[\w.-]*|\.travis|azure-pipelines[\w.-]*|bitbucket-pipelines|\.drone|\.cirrus|appveyor)\.ya?ml$/;

/** Whether a password is one that everybody uses where nothing is kept. */
export function isThrowaway(path: string, password: string): boolean {
  return (
    RUNS.test(path) &&
    /^(postgres(ql)?|mysql|maria(db)?|mongo(db)?|redis|rabbitmq|minio(admin)?|root|admin|guest|user|ci|dev|test(s|ing|er)?\d{0,4}|pass(word)?\d{0,4}|secret\d{0,4}|runner|circle\w*|github|postgres_?password|letmein|123456?)$/i.test(
      password,
    )
  );
}

/** What stands before a token whose prefix alone is too short to look for. */
export const SIGNS = ['"', "'", "`", "=", ":", " ", "\t", "\n", "(", ">", ",", "/", "["];

/** Joins the parts of an example, so that no scanner takes this repository's examples for leaks. */
export function fake(...parts: string[]): string {
  return parts.join("");
}
