import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import type { TokenMatch, TokenPattern } from "../../tokens.ts";
import { EVERYWHERE, fake, isTemplated, isTemplateFile, isThrowaway } from "./secret-text.ts";
import { BEHIND_NAME, isBound, type Setting, settingIn, settingPattern, shown } from "./setting.ts";

/** "pwd" alone is too short to look for, and mostly the working directory. */
const PWD = ["=", ":", '"', "'", " ", ")", "]", "`"].map((sign) => `pwd${sign}`);
const LONG_PWD = ["_pwd", "dbpwd"];

/** Names of what is done with passwords, and of wrong ones. */
const NO_NAME =
  /(^|[_.-])(reset|forgot|forgotten|change|changed|update|updated|confirm|verify|show|hide|toggle|invalid|wrong|bad|incorrect|missing|validate|check|hash|hashed|encrypted|require|required|with|without|empty|weak|no|is|has|min|max|repeat|old_?pwd)_?(password|passwd|passphrase|pwd)$|^pwd$|(^|_)old_?pwd$/i;
/** What a password field holds when it is not a password: types, labels, sources. */
const NO_VALUE =
  /^(string|str|text|hidden|none|null|undefined|nil|true|false|required|optional|secret|basic|binary|password|passwd|pwd|pass|bytes|object|any|varchar|char|invalid|wrong|incorrect|mismatch|missing|empty|blank|short|weak|strong|medium|forgot|reset|change|update|confirm|new|old|current|enter|login|signin|visible|hide|show|input|field|label|plain|plaintext|hash|hashed|encrypted|bcrypt|argon2\w*|scrypt|sha-?\d*|md5|default|disabled|enabled|never|always|prompt|keyring|vault|external|generated?|random|oauth2?|ldap|kerberos|saml|unknown|n\/a|redacted|masked|write-?only|client_credentials|yes|no|off|on)$/i;
const NO_LITERAL =
  /^[/.#@]|^\w+:\/\/|^arn:|^[\^~]?\d+\.\d+\.\d+|^(env|process|os|config|settings|vault|ssm|secretsmanager|file|self|this|args|options|var|local|data|module|random_password|params?|request|req|props?|values?)[.:(]|^[A-Za-z]+(\.[A-Za-z_]+)+$|^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^\$2[abxy]?\$|^\$argon2|^pbkdf2[_:]|^\$scrypt|^\{(bcrypt|cipher|pbkdf2)\}|^ENC\(|^!vault|^[%$]\w|\\[dwsS]|\(\?|^[!&*]\w+ |^\$?\(|^<|^(0x)?0+$/;

/** Whether a literal is a password rather than a label, a type or the name of where one is found. */
function isPassword({ name, value, is_config }: Setting, { match, info }: TokenMatch): boolean {
  if (/\s/.test(value) || isTemplated(value) || NO_LITERAL.test(value)) return false;
  if (/change[-_ ]?(me|this|it)|your[-_ ]?|example|^[.*x•-]+$/i.test(value)) return false;
  const compared = /[!=]==?/.test(match[0].slice(name.length, match[0].length - value.length));
  if (compared && !/\d|[^\w]/.test(value)) return false;
  if (isThrowaway(info.path, value)) return false;
  // What names itself is filled in by somebody else.
  if (snakeOf(name).toLowerCase() === value.toLowerCase()) return false;
  if (is_config)
    return !/^(none|null|nil|true|false|yes|no|on|off|string|required|optional|secret|hidden|undefined)$/i.test(value);
  // A label repeats the field's name: { password: "Password", confirmPwd: "confirm-password" }.
  return (
    !NO_VALUE.test(value) &&
    !/^[A-Za-z_.:-]*passw[A-Za-z_.:-]*$/i.test(value) &&
    !/^[A-Z][a-z]+$/.test(value) &&
    value.length >= 4
  );
}

function snakeOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
}

const SETTING = {
  keywords: ["password", "passwd", "passphrase", ...LONG_PWD],
  from: "name",
  follows: BEHIND_NAME,
  only_text: true,
  pattern: settingPattern("password|passwd|passphrase|pwd"),
  where: (found) => {
    const setting = settingIn(found);
    if (!setting || isTemplateFile(found.info) || NO_NAME.test(snakeOf(setting.name))) return false;
    if (!isPassword(setting, found) || !isBound(found)) return false;
    return `${shown(setting.name)} holds a literal password.`;
  },
  key: ({ groups }) => shown(groups?.name ?? ""),
} satisfies TokenPattern;

const { follows: _behind, ...rest } = SETTING;
const SHORT: TokenPattern = { ...rest, keywords: PWD };

export default defineRule({
  code: "SEC-SECRET-007",
  title: "Hardcoded password",
  severity: "high",
  category: "secrets",
  why: "A password in code is known to everyone who ever had the code, and is the same everywhere it runs.",
  fix: "Read it from the environment or a secret store, and change the password.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    SETTING,
    // The keyword holds the sign behind the name already.
    SHORT,
    {
      // <password>…</password> and name="password" value="…" in XML, PASSWORD '…' and IDENTIFIED BY '…' in SQL.
      keywords: ["password>", 'password" value', "password '", "identified by"],
      from: "name",
      pattern:
        /[\w.-]{0,60}(?:password>|password" value ?= ?"|password '|identified by (?:password )?')(?<quoted>[^\s<>"']{4,128})[<"']/iy,
      message: "A password is written in the file.",
      where: (found) => {
        const value = found.match.groups?.quoted ?? "";
        const fits = /\.(xml|config|sql|jelly|plist)$/i.test(found.info.path);
        return fits && !isTemplateFile(found.info) && isPassword({ name: "password", value, is_config: true }, found);
      },
      key: () => "password",
    },
  ]),
  bad: [
    { file: "db.py", code: `DB_PASSWORD = "${fake("hunter", "22!")}"\n` },
    { file: "db.ts", code: `connect({ user: "shop", password: "${fake("s3cret", "Pw")}" });\n` },
    {
      file: "docker-compose.yml",
      code: `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${fake("post", "gres")}\n`,
    },
  ],
  good: [
    {
      file: "db.py",
      code: 'import os\nDB_PASSWORD = os.environ["DB_PASSWORD"]\nmessage = "set password=hunter22! to log in"\n',
    },
    { file: "form.ts", code: 'const labels = { password: "Password", resetPassword: "/reset", type: "password" };\n' },
    {
      file: "docker-compose.yml",
      code: `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: \${DB_PASSWORD:?}\n`,
    },
    { file: "tests/test_login.py", code: `password = "${fake("hunter", "22!")}"\n` },
  ],
});
