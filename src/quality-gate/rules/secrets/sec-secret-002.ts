import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, fake, isWords, looksRandom } from "./secret-text.ts";

const secret = fake("kq7VZ0pR3xNw8sTb", "L2uYc5HfJ9aEo1MdG4iWzQ6X");

const MESSAGE = "An AWS secret access key is written in the file.";

/** Forty characters of base64, which neither a digest in hex nor a path is. */
function isSecretKey(value = ""): boolean {
  return looksRandom(value, 4) && /[a-z]/.test(value) && /[A-Z]/.test(value) && !isWords(value);
}

export default defineRule({
  code: "SEC-SECRET-002",
  title: "AWS secret key",
  severity: "critical",
  category: "secrets",
  why: "With its access key id it signs any request this AWS identity may make.",
  fix: "Deactivate the key in IAM, then use a role or read it from the environment.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    {
      keywords: ["secret"],
      from: "name",
      pattern:
        /(?<name>[\w.-]{0,60}?(?:aws[\w.-]{0,20}secret|secret_?access_?key)[\w.-]{0,20})["'`\])]{0,3}(?:: ?(?:str|string))?(?: (?:string|String))?\s{0,8}(?::=|=>|[:=,])\s{0,8}(?:\w[\w.]{0,30}\()?["'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/iy,
      message: MESSAGE,
      where: ({ match }) => isSecretKey(match[2]),
      key: () => "aws secret key",
    },
    {
      // secret_key = "…" beside an AWS key id.
      keywords: ["secret_key", "secretkey", "secret-key"],
      from: "name",
      pattern:
        /(?<name>secret[_-]?key)["'`\])]{0,3}\s{0,8}(?::=|=>|[:=,])\s{0,8}["'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/iy,
      message: MESSAGE,
      where: ({ match, around }) => isSecretKey(match[2]) && /A[KS]IA[A-Z0-9]{16}/.test(around(300, 300)),
      key: () => "aws secret key",
    },
    {
      // As the argument after its key id: credentials.NewStaticCredentials("AKIA…", "…", "").
      keywords: ["AKIA", "ASIA"],
      from: "keyword",
      pattern: /(?:AKIA|ASIA)[A-Z0-9]{16}["'`:]\s{0,4},?\s{0,80}["'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y,
      message: MESSAGE,
      where: ({ match }) => isSecretKey(match[1]),
      key: () => "aws secret key",
    },
  ]),
  bad: [
    { file: "settings.py", code: `AWS_SECRET_ACCESS_KEY = "${secret}"\n` },
    { file: "config.yaml", code: `aws_secret_access_key: ${secret}\n` },
  ],
  good: [
    { file: "settings.py", code: 'import os\nAWS_SECRET_ACCESS_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]\n' },
    { file: "config.yaml", code: `aws_secret_access_key: \${AWS_SECRET_ACCESS_KEY}\n` },
  ],
});
