import { placeOf, stringValue } from "../../../source/ast.ts";
import { LANGUAGES, type Language } from "../../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, perTree } from "../../rule.ts";
import { type LogCall, logCalls } from "./log-calls.ts";
import { isRevealing, isSensitive, sensitiveIn } from "./sensitive.ts";

/** In these a token is a piece of text. */
const LANGUAGE_TOOLS =
  /(^|[/_.-])(\w{0,20}lex(er)?|parsers?|\w{0,20}tokeni[sz]\w{0,5}|scanner|ast|compiler|grammar)s?([/_.-]|$)/i;
const LABEL = /^[\w\s]{0,20}\b(password|passwd|secret|api[ _-]?key|token|authorization)\s?[:=]\s*$/i;

export default defineRule({
  code: "LOG-005",
  title: "Sensitive data in logs",
  severity: "error",
  category: "logging",
  why: "Logs are kept, copied and read by many: whoever sees them has the secret.",
  fix: "Leave it out of the log call, or log that it is present.",
  languages: LANGUAGES,
  detect: perTree(
    [
      "passw",
      "pwd",
      "passphrase",
      "secret",
      "token",
      "key",
      "card",
      "cvv",
      "ssn",
      "authorization",
      "jwt",
      "credentials",
    ],
    function* (tree, file) {
      if (!file.language) return;
      const textTokens = LANGUAGE_TOOLS.test(file.path);
      const leaks: { node: SyntaxNode; leaked: string }[] = [];
      for (const call of logCalls(tree, file)) {
        const leaked = leakedBy(tree, file.language, call);
        if (leaked === undefined || (/^\w*token$/i.test(leaked) && (textTokens || isPieceOfText(call.node)))) continue;
        leaks.push({ node: call.node, leaked });
      }
      // slog.Info("issued", slog.String("token", t)) is one leak, at the field.
      for (const { node, leaked } of leaks)
        if (!leaks.some((one) => one.node.id !== node.id && holds(node, one.node)))
          yield { ...placeOf(node), message: `${leaked} is written to the log.` };
    },
    /log|console|zap|print|winston|pino|sugar/i,
  ),
  bad: [
    { file: "login.py", code: 'logger.info("login %s %s", user, password)\n' },
    { file: "login.py", code: 'logging.debug(f"token is {user.access_token}")\n' },
    { file: "login.ts", code: "log.info(`logged in with $" + "{req.body.password}`);\n" },
    { file: "login.ts", code: "log.debug({ user, apiKey });\n" },
    { file: "main.go", code: 'package main\nfunc f() { log.Printf("%s", password) }\n' },
  ],
  good: [
    {
      file: "login.py",
      code: 'logger.info("password changed for %s", user_id)\nlogger.info("token valid: %s", has_token)\n',
    },
    {
      file: "login.ts",
      code: 'log.info({ userId }, "wrong password");\nlog.info(hash(password));\nlog.info({ hasToken: token !== undefined });\n',
    },
    { file: "login.ts", code: 'console.error("token expired", tokenId);\n' },
  ],
});

function leakedBy(tree: SyntaxTree, language: Language, { arguments: given, pairs }: LogCall): string | undefined {
  for (const [index, argument] of given.entries()) {
    const name = sensitiveIn(tree, language, argument);
    if (name !== undefined) return name;
    // slog.Info("issued", "token", t), console.log("token:", t)
    const label = stringValue(argument);
    const value = given[index + 1];
    if (label === undefined || !value || !isRevealing(value)) continue;
    if (LABEL.test(label) || (pairs && isSensitive(label))) return label.replace(/\W+$/, "");
  }
  return undefined;
}

const holds = (outer: SyntaxNode, inner: SyntaxNode) =>
  outer.startIndex <= inner.startIndex && inner.endIndex <= outer.endIndex;

/** A token that is logged with its line and column is one of a language. */
function isPieceOfText(call: SyntaxNode): boolean {
  let around = call;
  for (
    let level = 0;
    level < 3 && /^(argument_list|arguments|call_expression)$/.test(around.parent?.type ?? "");
    level += 1
  )
    around = around.parent ?? around;
  return /["'.\s(,](column|col|line_?(no|number)?|pos(ition)?|offset)\b/i.test(around.text.slice(0, 1000));
}
