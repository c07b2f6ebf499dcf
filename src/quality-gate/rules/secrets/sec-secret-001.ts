import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, fake, isWords, looksRandom } from "./secret-text.ts";

const id = fake("AKIA", "Q3EGRZ7PLM2XWVTB");

export default defineRule({
  code: "SEC-SECRET-001",
  title: "AWS access key",
  severity: "critical",
  category: "secrets",
  why: "Whoever reads the repository can act as this AWS identity; keys found in public code are abused within minutes.",
  fix: "Deactivate the key in IAM, then use a role or read it from the environment.",
  ...EVERYWHERE,
  tests: true,
  detect: tokenPatterns([
    {
      keywords: ["AKIA", "ASIA"],
      from: "keyword",
      pattern: /(?:AKIA|ASIA)([A-Z0-9]{16})(?![A-Za-z0-9_])/y,
      message: "An AWS access key id is written in the file.",
      // A key id is no secret of its own when it only names itself in words, as documentation does.
      where: ({ match: [, id = ""] }) => looksRandom(id, 2.75) && (/\d.*\d/.test(id) || !isWords(id)),
      key: () => "aws access key",
    },
  ]),
  bad: [
    { file: "settings.py", code: `AWS_KEY = "${id}"\n` },
    { file: "deploy.sh", code: `export AWS_ACCESS_KEY_ID=${id}\n` },
  ],
  good: [
    { file: "settings.py", code: 'import os\nAWS_KEY = os.environ["AWS_ACCESS_KEY_ID"]\n' },
    { file: "README.md", code: `Set AWS_ACCESS_KEY_ID, e.g. ${fake("AKIA", "IOSFODNN7EXAMPLE")}.\n` },
  ],
});
