import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, entropy, fake, isMonotonous, isPlaceholder, isWords, looksRandom } from "./secret-text.ts";

const token = fake("xox", "b-", "284619375026-Zk2mX9vR4tW1pY8b");

/** Real tokens end with a random part; the numbers of workspace and bot in front may well be made up. */
function isRandomTail(body: string): boolean {
  const tail = body.slice(body.lastIndexOf("-") + 1);
  return !isMonotonous(tail) && /\d/.test(body) && entropy(body) >= 3 && !isPlaceholder(tail);
}

export default defineRule({
  code: "SEC-SECRET-011",
  title: "Slack token",
  severity: "high",
  category: "secrets",
  why: "The token reads and writes messages in your workspace.",
  fix: "Revoke the token in Slack and read its successor from the environment.",
  ...EVERYWHERE,
  tests: true,
  detect: tokenPatterns([
    {
      keywords: ["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-", "xoxe-", "xoxc-", "xoxd-", "xoxe.xox", "xapp-"],
      from: "keyword",
      pattern:
        /(?:xox[baprsced](?:\.xox[bp])?|xapp)-((?:[A-Za-z0-9%]{1,250}-){0,4}[A-Za-z0-9%]{8,250})(?![A-Za-z0-9-])/y,
      message: "A Slack token is written in the file.",
      where: ({ match: [, body = ""] }) => !isWords(body) && isRandomTail(body),
      key: () => "slack token",
    },
    {
      keywords: ["hooks.slack.com/"],
      from: "name",
      pattern:
        /hooks\.slack\.com\/(?:services\/T[A-Z0-9]{7,12}\/B[A-Z0-9]{7,12}|(?:workflows|triggers)\/[A-Z0-9]{8,12}\/[A-Za-z0-9]{8,20}(?:\/\d{8,20})?)\/([A-Za-z0-9]{20,40})(?![A-Za-z0-9])/y,
      message: "The address of a Slack webhook, which lets anyone post, is written in the file.",
      where: ({ match: [, secret = ""] }) => looksRandom(secret, 3.25) && !isWords(secret),
      key: () => "slack webhook",
    },
  ]),
  bad: [
    { file: "notify.py", code: `client = WebClient(token="${token}")\n` },
    { file: "notify.ts", code: `const client = new WebClient("${token}");\n` },
  ],
  good: [
    { file: "notify.py", code: 'import os\nclient = WebClient(token=os.environ["SLACK_TOKEN"])\n' },
    { file: "notify.ts", code: 'const isBot = (token: string) => token.startsWith("xoxb-");\n' },
  ],
});
