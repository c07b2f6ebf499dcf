import { CALLS, calleeOf, placeOf } from "../../../source/ast.ts";
import { importsOf } from "../../../source/imports.ts";
import type { Language } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Makers of HTTP servers: the module's name and what is called of it. */
const MAKERS: Readonly<Record<Language, readonly { module: RegExp; name: RegExp }[]>> = {
  python: [
    {
      module: /^(fastapi|flask|starlette|sanic|quart|litestar|falcon|bottle|robyn)\b/,
      name: /^(FastAPI|Flask|Starlette|Sanic|Quart|Litestar|App|Bottle|Robyn)$/,
    },
    { module: /^aiohttp/, name: /^Application$/ },
    { module: /^tornado/, name: /^Application$/ },
    { module: /^(http\.server|socketserver|http)$/, name: /^(Threading)?(HTTP|TCP)Server$/ },
    { module: /^django\.core\.(wsgi|asgi)$/, name: /^get_(wsgi|asgi)_application$/ },
  ],
  typescript: [],
  javascript: [],
  go: [
    { module: /^net\/http$/, name: /^(ListenAndServe(TLS)?|Serve(TLS)?)$/ },
    { module: /gin-gonic\/gin$/, name: /^(Default|New)$/ },
    { module: /labstack\/echo(\/v\d+)?$/, name: /^New$/ },
    { module: /gofiber\/fiber(\/v\d+)?$/, name: /^New$/ },
  ],
  java: [],
};
const SCRIPT: readonly { module: RegExp; name: RegExp }[] = [
  {
    module: /^(express|polka|restana|@hapi\/hapi|restify|micro|fastify)$/,
    name: /^(default|\*|express|fastify|Fastify|polka|server|createServer)$/,
  },
  {
    module: /^(hono|hono\/.+|koa|elysia|@oak\/oak|hyper-express)$/,
    name: /^(default|\*|Hono|OpenAPIHono|Elysia|Application|Server)$/,
  },
  { module: /^@hono\/zod-openapi$/, name: /^OpenAPIHono$/ },
  { module: /^(node:)?(http|https|http2)$/, name: /^(createServer|createSecureServer|Server)$/ },
  { module: /^@nestjs\/core$/, name: /^create$/ },
];
/** Without its import a fragment is taken at its word. */
const BARE: Readonly<Partial<Record<Language, RegExp>>> = {
  python: /^(FastAPI|Flask|Starlette|Sanic|Quart|Litestar|web\.Application|HTTPServer|ThreadingHTTPServer)$/,
  go: /^(http\.ListenAndServe(TLS)?|gin\.(Default|New)|echo\.New|fiber\.New)$/,
  java: /^$/,
};

/** Where a file begins to serve HTTP; null when it does not. */
export function serverIn(tree: SyntaxTree, file: SourceFile): { line: number; column: number } | null {
  const { language } = file;
  if (!language) return null;
  const found = language === "java" ? javaServer(tree) : madeServer(tree, file, language);
  return found ? placeOf(found) : null;
}

function madeServer(tree: SyntaxTree, file: SourceFile, language: Language): SyntaxNode | undefined {
  const script = language === "typescript" || language === "javascript";
  const makers = script ? SCRIPT : MAKERS[language];
  const imports = importsOf(tree, language);
  const news = script ? tree.matches("(new_expression constructor: (_) @fn) @hit") : [];
  for (const { hit, fn } of [...tree.matches(CALLS[language]), ...news]) {
    if (!hit || !fn) continue;
    const callee = calleeOf(fn);
    if (script && /^(Bun|Deno)\.serve$/.test(callee)) return hit;
    const [root = "", ...rest] = callee.split(".");
    const imported = imports.get(root);
    if (!imported) {
      if (BARE[language]?.test(callee)) return hit;
      continue;
    }
    const name = rest.at(-1) ?? imported.name;
    if (makers.some((maker) => maker.module.test(imported.module) && maker.name.test(name))) return hit;
  }
  if (language === "go" && /\.(ListenAndServe(TLS)?|Serve)\(/.test(file.text))
    return tree
      .matches("(composite_literal type: (qualified_type) @type) @hit")
      .find(({ type }) => type?.text === "http.Server")?.hit;
  return undefined;
}

function javaServer(tree: SyntaxTree): SyntaxNode | undefined {
  for (const { hit, fn } of tree.matches(CALLS.java)) {
    const receiver = hit?.childForFieldName("object")?.text ?? "";
    if (
      /^(SpringApplication\.run|Javalin\.create|HttpServer\.create|Undertow\.builder)$/.test(`${receiver}.${fn?.text}`)
    )
      return hit;
  }
  return tree.matches("(annotation name: (_) @name) @hit").find(({ name }) => name?.text === "ApplicationPath")?.hit;
}
