import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import type { TokenMatch } from "../../tokens.ts";
import { decodedPart, EVERYWHERE, entropy, fake, isMonotonous, isTemplateFile } from "./secret-text.ts";

/** The signature of the token on jwt.io, which stands in half of all tutorials. */
const TUTORIAL = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
const token = fake(
  "eyJhbGciOiJIUzI1NiJ9",
  ".eyJzdWIiOiI0MiIsInJvbGUiOiJhZG1pbiJ9",
  ".q7Zk2mX9vR4tW1pY8bN3cF6hJ5dL0sGa",
);

/** A header that says how the token is signed. */
function isSigned(header: string): boolean {
  const alg = decodedPart(header)?.alg;
  return typeof alg === "string" && alg.toLowerCase() !== "none";
}

/** Claims that decode, of no tutorial, and not made to be public as Supabase's anonymous key is. */
function isRealClaim(claims: string): boolean {
  const decoded = decodedPart(claims);
  if (decoded === undefined) return false;
  if (decoded.role === "anon") return false;
  return !(decoded.sub === "1234567890" && (decoded.name === "John Doe" || decoded.iat === 1516239022));
}

function isSignature(signature: string): boolean {
  return (
    signature !== TUTORIAL &&
    entropy(signature) >= 3 &&
    !isMonotonous(signature) &&
    !/signature|example/i.test(signature)
  );
}

const PAGE = /\.html?$/i;
const DOCUMENTATION =
  /(^|\/)(docs?|documentation|api-?docs|examples?|tutorials?|swagger[\w-]*|redoc|javadoc|storybook[\w-]*|coverage|site)\//i;

/** Whether a token is shown rather than used: in a template, in documentation, in a page's element for code. */
function isShown({ info, around }: TokenMatch): boolean {
  if (!PAGE.test(info.path)) return isTemplateFile(info);
  const before = around(400, 0);
  const opened = Math.max(...["<pre", "<code", "<samp", "<kbd"].map((tag) => before.lastIndexOf(tag)));
  return DOCUMENTATION.test(info.path) || (opened !== -1 && !/<\/(pre|code|samp|kbd)>/.test(before.slice(opened)));
}

export default defineRule({
  code: "SEC-SECRET-010",
  title: "Hardcoded JWT",
  severity: "high",
  category: "secrets",
  why: "A signed token works for everyone who reads it until it expires, and many never do.",
  fix: "Remove the token, obtain it at run time, and change the signing key if it does not expire.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    {
      keywords: [".eyJ"],
      from: "base64url",
      pattern:
        /(eyJ[A-Za-z0-9_-]{10,500})\.(eyJ[A-Za-z0-9_-]{8,4000})\.([A-Za-z0-9_-]{16,800})(?![A-Za-z0-9_-]|\.[A-Za-z0-9_-]{8})/y,
      reach: 5400,
      message: "A signed JSON Web Token is written in the file.",
      where: (found) => {
        const [, header = "", claims = "", signature = ""] = found.match;
        return isSigned(header) && isRealClaim(claims) && isSignature(signature) && !isShown(found);
      },
      key: () => "jwt",
    },
  ]),
  bad: [
    { file: "client.py", code: `TOKEN = "${token}"\n` },
    { file: "client.ts", code: `const token = "${token}";\n` },
  ],
  good: [
    { file: "client.py", code: 'TOKEN = login("shop")\n' },
    { file: "client.ts", code: 'const isToken = (text: string) => text.startsWith("eyJ");\n' },
  ],
});
