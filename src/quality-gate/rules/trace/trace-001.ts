import { placeOf } from "../../../source/ast.ts";
import { isForBrowser } from "../../../source/browser.ts";
import { clientCalls } from "../../../source/clients.ts";
import { isToolingPath, LANGUAGES, type Language } from "../../../source/languages.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import { defineRule, perService } from "../../rule.ts";
import { automaticIn } from "./automatic.ts";
import { calledIn, passesTrace, tracingFunctions } from "./evidence.ts";
import { interceptedIn } from "./intercepted.ts";

interface Call {
  line: number;
  column: number;
  name: string;
  library: string;
  /** Functions called beside it: one of them may add the header. */
  uses: string[];
}

interface Fact {
  automatic: boolean;
  instrumented: string[];
  /** A web page's package: browsers hold no trace to pass on. */
  browser: boolean;
  /** Libraries whose every call is given the header. */
  intercepted: string[];
  tracers: string[];
  calls: Call[];
}

/** In every file that sends requests; spares parsing the others. */
const SENDS =
  /\bfetch\(|["'](node-fetch|cross-fetch|undici|got|ky|needle|superagent|ofetch|(node:)?https?)["']|axios|HttpService|\brequests\b|httpx|aiohttp|urlopen|urllib3|HTTPS?Connection|\.(Get|Post|PostForm|Head|NewRequest(WithContext)?)\(|resty|rest_?template|web_?client|rest_?client|HttpRequest|FeignClient|RestOperations|newCall|ClientBuilder|openConnection/i;
/** The documents and addresses of OTLP (OpenTelemetry protocol 1.x, OTLP/HTTP). */
const REPORTS = /\bresource_?(spans|metrics|logs)\b|\/v1\/(traces|metrics|logs)\b/i;
const MAY_TRACE = /trace|propagat|inject|otel|b3|sw8/i;

export default defineRule({
  code: "TRACE-001",
  title: "Missing trace propagation",
  severity: "warning",
  category: "trace",
  why: "The trace breaks at this call: what happens behind it cannot be followed from the request that caused it.",
  fix: "Send the incoming traceparent header along, or instrument the client with OpenTelemetry.",
  languages: LANGUAGES,
  files: ["text", "dockerfile", "compose"],
  detect: perService<Fact>({
    // Only Compose files start other services with instrumentation.
    shared: { compose: ({ kind }) => kind === "compose" },
    collect: (file) => {
      const { owner, named } = automaticIn(file);
      const code = file.kind === "code" ? readCode(file) : { calls: [], tracers: [], intercepted: [] };
      const browser = /(^|\/)package\.json$/.test(file.path) && isBrowserPackage(file.text);
      const nothing =
        !owner && !browser && named.length + code.calls.length + code.tracers.length + code.intercepted.length === 0;
      return nothing ? undefined : { automatic: owner, instrumented: named, browser, ...code };
    },
    *conclude(service, facts, elsewhere) {
      const own = facts.map(({ file, fact }) => ({ file, fact }));
      if (own.some(({ fact }) => fact.automatic || fact.browser)) return;
      if (own.every(({ fact }) => fact.calls.length === 0)) return;
      if (elsewhere("compose").some(({ fact }) => fact.instrumented.includes(service))) return;
      const tracers = new Set(own.flatMap(({ fact }) => fact.tracers));
      const intercepted = new Set(own.flatMap(({ fact }) => fact.intercepted));
      for (const { file, fact } of own)
        for (const { line, column, name, library, uses } of fact.calls) {
          if (intercepted.has(library) || uses.some((one) => tracers.has(one))) continue;
          const message = `${name} is called without a traceparent header.`;
          yield { line, column, file: file.path, service, message };
        }
    },
  }),
  bad: [
    {
      file: "client.py",
      code: "import httpx\n\nasync def get(url):\n    async with httpx.AsyncClient() as client:\n        return await client.get(url)\n",
    },
    { file: "client.ts", code: "export const load = (url: string) => fetch(`$" + "{url}/orders`);\n" },
    { file: "main.go", code: "package main\nfunc f(url string) { http.Get(url) }\n" },
  ],
  good: [
    {
      file: "client.ts",
      code: "export const load = (url: string, trace: string) => fetch(url, { headers: { traceparent: trace } });\n",
    },
    {
      file: "export.ts",
      code: "export const report = (url: string, resourceSpans: object[]) =>\n  fetch(url, { method: 'POST', body: JSON.stringify({ resourceSpans }) });\n",
    },
    { file: "client.ts", code: 'const zones = fetch("https://api.example.com/zones"); // fetch(url)\n' },
    {
      files: {
        "client.py": "import httpx\nhttpx.get(url)\n",
        "requirements.txt": "opentelemetry-instrumentation-httpx==0.50\n",
      },
    },
    { file: "web/app.tsx", code: "export const load = (url: string) => fetch(url);\n" },
  ],
});

function readCode(file: SourceFile): Pick<Fact, "calls" | "tracers" | "intercepted"> {
  const nothing = { calls: [], tracers: [], intercepted: [] };
  const { language, text } = file;
  const sends = SENDS.test(text) && !isToolingPath(file.path) && !isForBrowser(file);
  if (!language || (!sends && !MAY_TRACE.test(text))) return nothing;
  const traces = passesTrace(text, language);
  if (!sends && !traces) return nothing;
  const tree = file.tree();
  if (!tree) return nothing;
  const calls = sends ? [...clientCalls(tree, file)] : [];
  const lookAt = surroundings(language, traces);
  const intercepted = !traces
    ? []
    : [
        ...(/\baxios(\.default)?\.interceptors\.request\.use\(/.test(text) ? ["axios"] : []),
        ...(/\b(globalThis|global)\.fetch\s*=[^=]/.test(text) ? ["fetch"] : []),
        ...(language === "java" ? interceptedIn(text) : []),
      ];
  // What reports telemetry belongs to no trace itself: it would be traced for ever.
  const reports = REPORTS.test(text);
  return {
    tracers: traces ? tracingFunctions(tree, language, text) : [],
    intercepted,
    calls: calls.flatMap(({ node, name, library, makes_client }) => {
      const around = makes_client ? tree.root : (functionAround(node) ?? tree.root);
      if (reports && REPORTS.test(around.text)) return [];
      const { passes, uses } = lookAt(around);
      return passes ? [] : [{ ...placeOf(node), name, library, uses }];
    }),
  };
}

/** What surrounds calls, looked at once however many there are: the function, and the one it is written in. */
function surroundings(
  language: Language,
  traces: boolean,
): (around: SyntaxNode) => { passes: boolean; uses: string[] } {
  const known = new Map<number, { passes: boolean; uses: string[] }>();
  return (around) => {
    const before = known.get(around.id);
    if (before) return before;
    const outer = functionAround(around);
    const passes = traces && [around, outer].some((node) => node !== null && passesTrace(node.text, language));
    const seen = { passes, uses: passes ? [] : calledIn(around) };
    known.set(around.id, seen);
    return seen;
  };
}

function isBrowserPackage(text: string): boolean {
  return (
    /"(react-dom|vue|svelte|@angular\/core|preact|solid-js)"\s*:/.test(text) &&
    !/"(express|fastify|koa|hono|@nestjs\/core|next|nuxt|@remix-run\/node)"\s*:/.test(text)
  );
}
