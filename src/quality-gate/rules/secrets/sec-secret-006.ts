import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { constantNamed } from "./constants.ts";
import { EVERYWHERE, fake, isTemplateFile, isWords, looksRandom } from "./secret-text.ts";

const token = fake("4dF9kQ2mZ7xW", "1pR8tY3vB6nH5jLc");

/** Random, and no token that has a rule of its own: a JWT, a token of GitHub, GitLab or Slack. */
function isToken(token: string): boolean {
  return (
    looksRandom(token, 3.5) &&
    !isWords(token) &&
    !/^(eyJ|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|[spr]k_live_)/.test(token)
  );
}

export default defineRule({
  code: "SEC-SECRET-006",
  title: "Hardcoded bearer token",
  severity: "high",
  category: "secrets",
  why: "The token opens whatever it was issued for, to everyone who reads the code.",
  fix: "Revoke the token and pass it in from the environment or from the caller's request.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    {
      keywords: ["bearer "],
      from: "keyword",
      pattern: /bearer {1,4}([A-Za-z0-9._~+/-]{20,500}={0,2})(?![A-Za-z0-9{$(<])/iy,
      message: "A bearer token is written in the file.",
      where: ({ match: [, token = ""], info }) => isToken(token) && !isTemplateFile(info),
      key: () => "bearer token",
    },
    {
      // f"Bearer {TOKEN}", `Bearer ${TOKEN}`, "Bearer " + TOKEN with a constant of the same file, or "Bearer " + "…".
      keywords: ["bearer "],
      from: "keyword",
      pattern:
        /bearer (?:\$?\{([A-Za-z_]\w{0,60})\}|["'`](?:\s{0,4}\+\s{0,4}|, )(?:([A-Za-z_]\w{0,60})(?![\w.([])|["'`]([A-Za-z0-9._~+/-]{20,500}={0,2})["'`]))/iy,
      message: "A bearer token is written in the file, as a constant.",
      where: (found) => {
        const [, inside, beside, literal] = found.match;
        if (literal !== undefined) return isToken(literal) && !isTemplateFile(found.info);
        const value = constantNamed(found, inside ?? beside ?? "");
        return value !== undefined && isToken(value);
      },
      key: () => "bearer token constant",
    },
  ]),
  bad: [
    { file: "client.py", code: `headers = {"Authorization": "Bearer ${token}"}\n` },
    { file: "client.ts", code: `const headers = { authorization: "Bearer ${token}" };\n` },
  ],
  good: [
    { file: "client.py", code: 'headers = {"Authorization": f"Bearer {token}"}\n' },
    { file: "client.ts", code: `const headers = { authorization: \`Bearer \${token}\` };\n` },
  ],
});
