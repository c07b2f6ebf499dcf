import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, entropy, fake, isPlaceholder, isWords } from "./secret-text.ts";

/**
 * A header with key material behind it: code that looks for the header is no leak. Between them line ends (as such, as
 * escapes, or as joined literals) and the headers of encrypted keys and of PGP blocks.
 */
const KEY =
  /-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|["'`+,)(]|(?:Proc-Type|DEK-Info|Version|Comment): {0,2}[^\n\\]{1,80}){1,120}([A-Za-z0-9+/=]{40,64})/y;
/** How every OpenSSH key begins, zeros included. */
const OPENSSH = "b3BlbnNzaC1rZXktdjE";
const begin = fake("-----BEGIN RSA PRIVATE", " KEY-----");
const material = "MIIEowIBAAKCAQEAx2Vq8rT0mZ4kPp1yYb7WcD3uJ9sLhN6fGa5eRtKiXoQwEvBz";

export default defineRule({
  code: "SEC-SECRET-003",
  title: "Private key",
  severity: "critical",
  category: "secrets",
  why: "Whoever has the private key can impersonate its owner, and read or sign in their name.",
  fix: "Replace the key pair, and mount the key as a secret file or read it from the environment.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    {
      keywords: ["-----BEGIN "],
      from: "keyword",
      pattern: KEY,
      reach: 900,
      message: "A private key is written in the file.",
      where: ({ match: [header, body = ""], around }) =>
        (body.startsWith(OPENSSH) || !isPlaceholder(body)) &&
        entropy(body) >= 3.5 &&
        !isWords(body) &&
        // Cut short for documentation.
        !/^[^-]*\.{3}/.test(around(0, 900).slice(header.length)),
      key: () => "private key",
    },
  ]),
  bad: [
    { file: "keys/server.pem", code: `${begin}\n${material}\n` },
    { file: "auth.ts", code: `export const key = "${begin}\\n${material}";\n` },
  ],
  good: [
    { file: "auth.ts", code: `export const isKey = (text: string) => text.startsWith("${begin}");\n` },
    { file: "keys/server.pub", code: `-----BEGIN PUBLIC KEY-----\n${material}\n` },
  ],
});
