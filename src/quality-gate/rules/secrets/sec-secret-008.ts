import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { checksumOf, EVERYWHERE, fake, isIssued, isPlaceholder, isWords, looksRandom } from "./secret-text.ts";

const random = "x7Kq2mZ9vR4tW1pY8bN3cF6hJ5dL0s";
const github = fake("ghp", "_", random, checksumOf(random));
const gitlab = fake("glpat", "-", "x7Kq2mZ9vR4tW1pY8bN3");

export default defineRule({
  code: "SEC-SECRET-008",
  title: "GitHub or GitLab token",
  severity: "critical",
  category: "secrets",
  why: "The token reads and often writes repositories, and through them every build.",
  fix: "Revoke the token and pass its successor in from the environment.",
  ...EVERYWHERE,
  tests: true,
  detect: tokenPatterns([
    {
      keywords: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
      from: "keyword",
      pattern: /gh[pousr]_([A-Za-z0-9]{36,255})(?![A-Za-z0-9_])/y,
      message: "A GitHub access token is written in the file.",
      where: ({ match: [, body = ""], info }) =>
        body.length === 36 ? isIssued(body, info) : looksRandom(body, 3.5) && !isPlaceholder(body),
      key: () => "git token",
    },
    {
      keywords: ["github_pat_"],
      from: "keyword",
      pattern: /github_pat_[A-Za-z0-9]{22}_?[A-Za-z0-9]{0,200}(?![A-Za-z0-9_])/y,
      message: "A GitHub access token is written in the file.",
      where: ({ match: [token] }) => looksRandom(token.slice(11), 3.5) && !isWords(token.slice(11)),
      key: () => "git token",
    },
    {
      keywords: ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glagent-", "gloas-"],
      from: "keyword",
      pattern:
        /gl(?:pat|dt|rt|ptt|cbt|agent|oas)-([A-Za-z0-9_-]{20,64}(?:\.[A-Za-z0-9]{2}\.[a-z0-9]{9})?)(?![A-Za-z0-9_-])/y,
      message: "A GitLab access token is written in the file.",
      where: ({ match: [, body = ""] }) => looksRandom(body, 3.25) && !isWords(body),
      key: () => "git token",
    },
  ]),
  bad: [
    { file: "ci.sh", code: `curl -H "Authorization: token ${github}" "$URL"\n` },
    { file: "release.ts", code: `const token = "${gitlab}";\n` },
  ],
  good: [
    { file: "ci.sh", code: 'curl -H "Authorization: token $GITHUB_TOKEN" "$URL"\n' },
    { file: "release.ts", code: 'const isToken = (text: string) => text.startsWith("ghp_");\n' },
  ],
});
