import type { FileInfo } from "../../../source/source-file.ts";
import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import type { TokenMatch } from "../../tokens.ts";
import { EVERYWHERE, entropy, fake, isPlaceholder, isTemplateFile, isWords, wordiness } from "./secret-text.ts";
import { BEHIND_NAME, isBound, settingIn, settingPattern, shown } from "./setting.ts";
import { VENDOR_TOKENS } from "./vendor-tokens.ts";

const value = fake("9f8a7c6b5d4e", "3f2a1b0cq7wz");

const NAMES =
  "api[_-]?key|api[_-]?secret|secret[_-]?key|access[_-]?key|access[_-]?token|auth[_-]?token|auth[_-]?key|client[_-]?secret|encryption[_-]?key|service[_-]?key|account[_-]?key|license[_-]?key|token|secret";
const CAMEL = [
  "apikey",
  "secretkey",
  "accesskey",
  "authkey",
  "encryptionkey",
  "servicekey",
  "accountkey",
  "licensekey",
];
const PLAIN = ["token", "secret"];

/** Tokens and keys that are made to be seen, or that nobody is let in with. */
const HARMLESS =
  /(csrf|xsrf|page|next|prev|continuation|cancel(lation)?|pad|eos|bos|sep|unk|mask|sync|cursor|cache|public|publishable|site|anon|idempotency|partition|sort|primary|foreign|design|test|mock|fake|example|dummy|sample|hash|etag|stop|start|end|special|lookup|resume|change|update|verification|challenge)[_-]?(token|key|secret|api[_-]?key)$/i;
/** Signing secrets in code have SEC-005, AWS's keys SEC-SECRET-002. */
const SIGNING =
  /(^|[_.-])(jwt|token|auth|signing|session)[_-]?(secret|signing[_-]?key|secret[_-]?key)$|(^|[_.-])secret[_-]?key$/i;

function isOther(name: string, { kind }: FileInfo): boolean {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return (
    HARMLESS.test(snake) ||
    /aws|access[_-]?key[_-]?id|secret[_-]?access[_-]?key/i.test(snake) ||
    (kind === "code" && SIGNING.test(snake))
  );
}

/** Tokens that a rule of their own tells. */
const HAS_ITS_OWN = /^(eyJ|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|[spr]k_live_|SG\.)/;

/** Whether a machine made it: no words, no path, no name of something else. */
function isKey(value: string): boolean {
  if (!/^[A-Za-z0-9_/+=.~:-]{16,300}$/.test(value) || !/[A-Za-z]/.test(value)) return false;
  if (isPlaceholder(value) || isWords(value)) return false;
  if (
    /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+$|^[A-Z][A-Z0-9]*([_-][A-Z0-9]+)+$|^[./]|:\/\/|^arn:|^sha\d+[-:]|^[\w-]+(\/[\w-]+)+$/.test(
      value,
    ) &&
    !/[a-z]\d[a-z]|\d[A-Z]\d/i.test(value.slice(0, 24))
  )
    return false;
  return /\d/.test(value)
    ? entropy(value) >= (value.length < 20 ? 3.4 : 3)
    : value.length >= 24 && entropy(value) >= 3.8 && wordiness(value) < 0.5;
}

/** A Firebase web key names its project to the browser; rules decide what it may do. */
function isPublic(value: string, { around }: TokenMatch): boolean {
  return value.startsWith("AIza") && /authDomain|firebaseapp\.com|messagingSenderId/.test(around(400, 600));
}

export default defineRule({
  code: "SEC-SECRET-004",
  title: "Generic API key",
  severity: "high",
  category: "secrets",
  why: "Whoever reads the code can use the service behind the key at your expense.",
  fix: "Revoke the key and read its successor from the environment or a secret store.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    ...VENDOR_TOKENS,
    {
      keywords: ["key", "token", "secret"].flatMap((word) => [`_${word}`, `-${word}`, `.${word}`]).concat(CAMEL, PLAIN),
      from: "name",
      follows: BEHIND_NAME,
      only_text: true,
      pattern: settingPattern(NAMES),
      where: (found) => {
        const setting = settingIn(found);
        if (!setting || isTemplateFile(found.info) || isOther(setting.name, found.info)) return false;
        if (!isKey(setting.value) || isPublic(setting.value, found) || !isBound(found)) return false;
        return `${shown(setting.name)} holds a literal value that looks like a real key.`;
      },
      key: ({ groups }) => shown(groups?.name ?? ""),
    },
    {
      // curl -H "X-Api-Key: …", wget --header='X-Auth-Token: …', in a Dockerfile or a script.
      keywords: ["-key:", "-token:", "-secret:", "apikey:"],
      from: "name",
      follows: " ",
      only_text: true,
      pattern: /(?<name>[\w-]{1,60}(?:key|token|secret)): {1,2}(?<value>[\w/+=.~-]{16,300})["']/iy,
      where: (found) => {
        const { info, match, around } = found;
        const { name = "", value = "" } = match.groups ?? {};
        if (info.kind === "code" || isTemplateFile(info) || isOther(name, info) || HAS_ITS_OWN.test(value))
          return false;
        const begun = around(200, 0);
        const before = begun.slice(begun.lastIndexOf("\n") + 1);
        if (!/(^|\s)(-H|--header)[= ]{0,2}["']$/.test(before) || /^\s*#/.test(before) || !isKey(value)) return false;
        return `The header ${shown(name)} holds a literal value that looks like a real key.`;
      },
      key: ({ groups }) => `header ${shown(groups?.name ?? "")}`,
    },
  ]),
  bad: [
    { file: "client.py", code: `API_KEY = "${value}"\n` },
    { file: "client.ts", code: `export const options = { apiKey: "${value}" };\n` },
  ],
  good: [
    { file: "client.py", code: 'import os\nAPI_KEY = os.environ["API_KEY"]\n# API_KEY = "9f8a7c6b5d4e3f2a1b0cq7wz"\n' },
    { file: "client.ts", code: 'export const options = { apiKey: "your-api-key-goes-here" };\n' },
    { file: "client.ts", code: "const apiKey = configuration.providers.payments2.key;\n" },
  ],
});
