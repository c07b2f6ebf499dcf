import { argumentsOf, placeOf } from "../../../source/ast.ts";
import { isToolingPath } from "../../../source/languages.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import { defineRule, type Hit } from "../../rule.ts";
import { printsInServices } from "./by-hand.ts";
import { isStructuredLine } from "./structured-line.ts";

const TERMINAL_PROGRAM =
  /^#!|(?:from\s+|import\s+|require\()["'](commander|nest-commander|yargs(\/[\w/]+)?|cac|meow|oclif|@oclif\/core|clipanion|inquirer|@inquirer\/[\w-]+|prompts|@clack\/prompts|enquirer|ora|minimist|mri|sade|citty|gluegun|listr2?|ink|zx(\/globals)?|shelljs|k6(\/[\w/]+)?)["']/m;
/** Code that starts programs, reads its arguments or asks at the keyboard, and is there for no other code. */
const RUNS_COMMANDS = /["'](node:)?(child_process|readline(\/promises)?)["']|\bprocess\.(argv|stdin)\b|\bparseArgs\(/;
/** Code that ends with success by itself. */
const ENDS = /\bprocess\.exit\(0?\)|\bDeno\.exit\(0?\)/;
/** What is run to make something, at the top of a package. */
const BUILDS =
  /^(.*\/)?(build|release|deploy|bundle|generate|codegen|publish|(pre|post)?install|version|esbuild)\.[cm]?[jt]s$/i;
const EXPORTS = /^\s*(export\b|module\.exports|exports\.)/m;
const SERVES =
  /\.listen\(|createServer|\b(start|bootstrap|create|run)(Http|Api)?(Server|App|Worker|Consumer)\(|\.(subscribe|consume)\(|eachMessage|\bsetInterval\(|\bprocess\.on\(["']SIG|\b(Bun|Deno)\.serve\(|["'](express|fastify|koa|hono|polka|restify|@nestjs\/[\w-]+|@hapi\/hapi|kafkajs|amqplib|bullmq?|node-cron|cron|agenda|ioredis|redis|nats|mqtt|ws|socket\.io|@trpc\/server|graphql-yoga|@apollo\/server)["']/m;
/** Started by itself rather than loaded by another module. */
const START_GUARD =
  /require\.main\s*===?\s*module|module\s*===?\s*require\.main|!module\.parent|import\.meta\.main\b|import\.meta\.url\s*===?|process\.argv\[1\]\s*===?/;
const TOOL_FOLDER = /(^|\/)(seed(s|ers?)?|hack|devtools?|codegen|playground|sandbox|fixtures)\//i;
/** The module that other code logs with may end at the console. */
const LOGGER_MODULE = /(^|[/._-])log(ger|ging)?(\.(service|utils?))?\.[cm]?[jt]sx?$/i;
/** Only outside production. */
const DEVELOPMENT =
  /(NODE_ENV|MODE)\s*!==?\s*["']production|(NODE_ENV|MODE)\s*===?\s*["'](dev|test|local)|import\.meta\.env\.DEV|__DEV__|\bis_?(dev|local)/i;
const OBJECT = /^((globalThis|window|global|self)\??\.)?console$/;
const QUERY =
  "[(member_expression object: (_) @object property: (_) @method) (subscript_expression object: (_) @object index: (_) @method) (variable_declarator name: (object_pattern) @pattern value: (identifier) @object)] @hit";

export default defineRule({
  code: "LOG-004",
  title: "console.log in production code",
  severity: "warning",
  category: "logging",
  why: "These lines have no level, time or trace id: they cannot be filtered, and often carry what was being debugged.",
  fix: "Use the service's structured logger and a fitting level.",
  languages: ["typescript", "javascript"],
  files: ["text"],
  detect: printsInServices({ keyword: "console", serves: SERVES, find: linesIn }),
  bad: [
    { file: "app.ts", code: 'export const f = () => console.log("here");\n' },
    { file: "app.js", code: "app.listen(80, () => { console.log('listening'); });\n" },
  ],
  good: [
    { file: "app.ts", code: 'log.info("console.log(1)"); // console.log(1)\n' },
    { file: "scripts/build.mjs", code: 'console.log("built");\n' },
    { file: "app.test.ts", code: 'console.log("debug");\n' },
    { file: "main.ts", code: '#!/usr/bin/env node\nconsole.log("usage");\n' },
  ],
});

function* linesIn(file: SourceFile): Generator<Hit> {
  if (isToolingPath(file.path) || TOOL_FOLDER.test(file.path) || LOGGER_MODULE.test(file.path)) return;
  if (isTerminalProgram(file) || /\b(const|let|var)\s+console\s*=/.test(file.text)) return;
  const tree = file.tree();
  for (const { hit, object, method, pattern } of tree?.matches(QUERY) ?? []) {
    if (!tree || !hit || !object || !OBJECT.test(object.text.slice(0, 30))) continue;
    const log = pattern ? /\blog\b/.test(pattern.text) : /^["']?log["']?$/.test(method?.text ?? "");
    if (!log || (!pattern && !isUse(hit)) || isParameter(hit) || isUnder(hit, DEVELOPMENT)) continue;
    if (isUnder(hit, START_GUARD) && !SERVES.test(file.text)) continue;
    const line = hit.parent?.childForFieldName("arguments");
    if (file.language && isStructuredLine(tree, file.language, argumentsOf(line)[0])) continue;
    yield { ...placeOf(hit), message: "console.log() is used in service code." };
  }
}

function isTerminalProgram({ path, text }: SourceFile): boolean {
  const head = text.slice(0, 20_000);
  if (TERMINAL_PROGRAM.test(head) && !SERVES.test(head)) return true;
  const alone = RUNS_COMMANDS.test(head) || ENDS.test(text) || START_GUARD.test(text) || BUILDS.test(path);
  return alone && !SERVES.test(text) && !EXPORTS.test(text);
}

/** Whether it is called, handed over or given another name, rather than replaced or a type. */
function isUse({ id, parent }: SyntaxNode): boolean {
  if (parent?.type === "call_expression") return true;
  return (
    parent?.type === "arguments" ||
    (parent?.type === "variable_declarator" && parent.childForFieldName("value")?.id === id)
  );
}

/** Whether `console` is a parameter here. */
function isParameter(node: SyntaxNode): boolean {
  for (let fn = functionAround(node); fn; fn = functionAround(fn))
    if (/(^|[(,{]\s*)console\b/.test(fn.childForFieldName("parameters")?.text.slice(0, 500) ?? "")) return true;
  return false;
}

/** Whether it is only reached where a condition holds. */
function isUnder(node: SyntaxNode, wanted: RegExp): boolean {
  for (let inner = node, outer = node.parent; outer; inner = outer, outer = outer.parent) {
    const condition =
      outer.type === "if_statement" || outer.type === "ternary_expression"
        ? outer.childForFieldName("condition")
        : outer.type === "binary_expression"
          ? outer.childForFieldName("left")
          : null;
    const otherwise = outer.childForFieldName("alternative");
    if (
      condition &&
      condition.id !== inner.id &&
      otherwise?.id !== inner.id &&
      wanted.test(condition.text.slice(0, 300))
    )
      return true;
  }
  return false;
}
