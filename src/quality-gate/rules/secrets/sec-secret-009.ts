import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, fake, isWords, looksRandom } from "./secret-text.ts";

const key = fake("sk", "_live_", "9Qm2Zx7Kv4Rt1Wp8Yb3NcF6h");

export default defineRule({
  code: "SEC-SECRET-009",
  title: "Stripe live key",
  severity: "critical",
  category: "secrets",
  why: "A live key moves real money.",
  fix: "Roll the key in the Stripe dashboard and read it from the environment.",
  ...EVERYWHERE,
  tests: true,
  detect: tokenPatterns([
    {
      keywords: ["sk_live_", "rk_live_", "pk_live_"],
      from: "keyword",
      pattern: /([spr])k_live_([A-Za-z0-9]{16,250})(?![A-Za-z0-9_])/y,
      where: ({ match: [, kind, body = ""] }) =>
        looksRandom(body) &&
        !isWords(body) &&
        `A live ${kind === "p" ? "publishable" : kind === "r" ? "restricted" : "secret"} Stripe key is written in the file.`,
      key: () => "stripe key",
    },
  ]),
  bad: [
    { file: "pay.py", code: `stripe.api_key = "${key}"\n` },
    { file: "pay.ts", code: `const stripe = new Stripe("${key}");\n` },
  ],
  good: [
    { file: "pay.py", code: 'import os\nstripe.api_key = os.environ["STRIPE_KEY"]\n' },
    { file: "pay.ts", code: `const stripe = new Stripe("${fake("sk", "_test_", "9Qm2Zx7Kv4Rt1Wp8Yb3NcF6h")}");\n` },
  ],
});
