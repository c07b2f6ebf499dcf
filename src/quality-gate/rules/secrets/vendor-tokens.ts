import type { FileInfo } from "../../../source/source-file.ts";
import type { TokenPattern } from "../../tokens.ts";
import { isIssued, isPlaceholder, isWords, looksRandom, SIGNS } from "./secret-text.ts";

/** Tokens that tell by their prefix who issued them, and have no code of their own: prefix, body, extra condition. */
const VENDORS: readonly {
  vendor: string;
  prefixes: readonly string[];
  body: string;
  fits?: (body: string, info: FileInfo) => boolean;
}[] = [
  { vendor: "npm", prefixes: ["npm_"], body: "[A-Za-z0-9]{36}", fits: isIssued },
  { vendor: "PyPI", prefixes: ["pypi-AgEIcHlwaS5vcmc"], body: "[A-Za-z0-9_-]{50,250}" },
  {
    vendor: "OpenAI",
    prefixes: ["sk-proj-", "sk-svcacct-", "sk-admin-"],
    body: "[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}",
  },
  { vendor: "OpenAI", prefixes: ["sk-"], body: "[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}" },
  { vendor: "Anthropic", prefixes: ["sk-ant-api03-", "sk-ant-admin01-"], body: "[A-Za-z0-9_-]{93}AA" },
  { vendor: "Google", prefixes: ["GOCSPX-"], body: "[A-Za-z0-9_-]{28}" },
  {
    vendor: "Hugging Face",
    prefixes: ["hf_"],
    body: "[A-Za-z]{34}",
    fits: (body) => !isWords(body) && !isPlaceholder(body),
  },
  { vendor: "DigitalOcean", prefixes: ["dop_v1_", "doo_v1_", "dor_v1_"], body: "[a-f0-9]{64}" },
  { vendor: "Shopify", prefixes: ["shpat_", "shpss_", "shpca_", "shppa_"], body: "[a-fA-F0-9]{32}" },
  { vendor: "Docker Hub", prefixes: ["dckr_pat_"], body: "[A-Za-z0-9_-]{27}" },
  { vendor: "Grafana", prefixes: ["glsa_"], body: "[A-Za-z0-9]{32}_[a-fA-F0-9]{8}" },
  { vendor: "Linear", prefixes: ["lin_api_"], body: "[A-Za-z0-9]{40}" },
  { vendor: "Databricks", prefixes: ["dapi"], body: "[a-f0-9]{32}" },
  { vendor: "HashiCorp Vault", prefixes: ["hvs."], body: "[A-Za-z0-9_-]{90,120}" },
  { vendor: "Square", prefixes: ["sq0csp-", "sq0atp-"], body: "[A-Za-z0-9_-]{22,43}" },
];

/** One pattern for each: the prefix keeps false alarms away, so the token counts wherever it stands. */
export const VENDOR_TOKENS: readonly TokenPattern[] = VENDORS.flatMap(({ vendor, prefixes, body, fits }) =>
  prefixes.map((prefix): TokenPattern => {
    const isShort = prefix.length < 4;
    return {
      keywords: isShort ? SIGNS.map((sign) => `${sign}${prefix}`) : [prefix],
      from: isShort ? "second" : "keyword",
      pattern: new RegExp(`${prefix.replace(".", "\\.")}(${body})(?![A-Za-z0-9_-])`, "y"),
      message: `An access token of ${vendor} is written in the file.`,
      where: ({ match: [, token = ""], info }) => (fits ?? fitsByLooks)(token, info),
      key: () => `token of ${vendor}`,
    };
  }),
);

function fitsByLooks(token: string): boolean {
  return looksRandom(token, 3.25) && !isWords(token);
}
