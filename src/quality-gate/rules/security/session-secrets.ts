import { argumentsOf, propertyOf } from "../../../source/ast.ts";
import { calleePath } from "../../../source/callee.ts";
import { importsOf } from "../../../source/imports.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Middleware that signs the cookie of a session with what it is given. */
const SESSIONS =
  /^(express-session|cookie-session|koa-session|koa-generic-session|@fastify\/(session|secure-session|cookie)|fastify-session|iron-session|client-sessions|cookie-parser)$/;
/** In every file that sets up a session. */
export const SESSION_WORDS =
  /["'](express-session|cookie-session|koa-(generic-)?session|(@fastify\/|fastify-)(secure-)?(session|cookie)|iron-session|client-sessions|cookie-parser)["']/;

/** What sessions of the frameworks for Node are signed with, and what is called with it. */
export function* sessionSecrets(tree: SyntaxTree, file: SourceFile): Generator<{ node: SyntaxNode; name: string }> {
  if (!file.language || file.language === "python" || !SESSION_WORDS.test(file.text)) return;
  const imports = importsOf(tree, file.language);
  const isSession = (name: string) => SESSIONS.test(imports.get(name)?.module ?? "");
  for (const { fn, args } of tree.matches("(call_expression function: (_) @fn arguments: (arguments) @args) @hit")) {
    if (!fn || !args) continue;
    const path = calleePath(fn);
    const given = argumentsOf(args);
    // app.register(session, { secret }) hands the plugin over.
    const registers = path.at(-1) === "register" && given[0]?.type === "identifier" && isSession(given[0].text);
    if (!registers && !isSession(path[0] ?? "")) continue;
    const name = registers ? (given[0]?.text ?? "") : (path[0] ?? "");
    const [first] = registers ? given.slice(1) : given;
    for (const node of first?.type === "object" ? settingsOf(first) : first ? [first] : [])
      for (const one of node.type === "array" ? argumentsOf(node) : [node]) yield { node: one, name };
  }
}

function settingsOf(object: SyntaxNode): SyntaxNode[] {
  return ["secret", "keys", "secrets", "password", "key"].flatMap((name) => propertyOf(object, name) ?? []);
}
