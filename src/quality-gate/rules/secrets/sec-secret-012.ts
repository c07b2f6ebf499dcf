import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, fake, isPlaceholder, isWords, looksRandom, SIGNS } from "./secret-text.ts";

const key = fake("SG", ".Zk2mX9vR4tW1pY8bN3cF6h", ".J5dL0sGaQeUiOx7Kq2mZ9vR4tW1pY8bN3cF6hJ5dL0s");

export default defineRule({
  code: "SEC-SECRET-012",
  title: "SendGrid key",
  severity: "critical",
  category: "secrets",
  why: "The key sends mail in your name.",
  fix: "Delete the key in SendGrid and read its successor from the environment.",
  ...EVERYWHERE,
  tests: true,
  detect: tokenPatterns([
    {
      keywords: SIGNS.map((sign) => `${sign}SG.`),
      from: "second",
      pattern: /SG\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/y,
      message: "A SendGrid API key is written in the file.",
      where: ({ match: [, id = "", secret = ""] }) =>
        looksRandom(id + secret, 3.5) && !isPlaceholder(id) && !isPlaceholder(secret) && !isWords(secret),
      key: () => "sendgrid key",
    },
  ]),
  bad: [
    { file: "mail.py", code: `client = SendGridAPIClient("${key}")\n` },
    { file: "mail.ts", code: `sendgrid.setApiKey("${key}");\n` },
  ],
  good: [
    { file: "mail.py", code: 'import os\nclient = SendGridAPIClient(os.environ["SENDGRID_API_KEY"])\n' },
    { file: "mail.ts", code: "sendgrid.setApiKey(process.env.SENDGRID_API_KEY);\n" },
  ],
});
