import { argumentsOf, CALLS, keywordOf, placeOf, propertyOf, stringValue } from "./ast.ts";
import { valuesOf } from "./bindings.ts";
import { clientCalls } from "./clients.ts";
import type { Language } from "./languages.ts";
import { namesOf, type Source } from "./messaging/names.ts";
import type { Value } from "./messaging/value.ts";
import type { SourceFile } from "./source-file.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** A request that the code sends: plain data. */
export interface SentRequest {
  /** Upper case; "" when it is not known. */
  method: string;
  /** The address as far as the code says it, without what its client puts before it. */
  address: Value;
  /** What the client that sends it puts before the address; undefined when it says nothing. */
  base: Value | undefined;
  /** The variable the request is sent through: its name may say who is meant. */
  receiver: string;
  line: number;
}

/** In every file that sends requests; spares parsing the others. */
const SENDS =
  /\bfetch\s*\(|["'](node-fetch|cross-fetch|undici|got|ky|needle|superagent|ofetch|(node:)?https?)["']|axios|HttpService|\brequests\b|httpx|aiohttp|urlopen|urllib3|HTTPS?Connection|\bhttp\.(Get|Post|PostForm|Head|NewRequest(WithContext)?)\(|resty|rest_?template|web_?client|rest_?client|HttpRequest|newCall|FeignClient|(client|api|http|session)\.(get|post|put|patch|delete|request)\(/i;
const VERB = /^(get|post|put|patch|delete|head|options)$/i;
const CLIENT_NAME =
  /(^|[._])(\w*(client|api|http|axios|session)|rest_?template|web_?client|\$http|requests)\d?$|axios|httpx|[a-z](Client|Api|Http)$/i;
const MAKES_CLIENT =
  /\b(axios\.create|httpx\.(Async)?Client|ClientSession|requests\.[Ss]ession|got\.extend|ky\.(create|extend)|resty\.New|&?http\.Client\b|ofetch\.create|RestClient\.(create|builder)|WebClient\.(create|builder))/;
const MOST = 500;

/** The requests a code file sends. */
export function requestsIn(file: SourceFile): SentRequest[] {
  const { language } = file;
  if (!language || !SENDS.test(file.text)) return [];
  const tree = file.tree();
  if (!tree) return [];
  const source: Source = { tree, language };
  const found = new Map<number, SentRequest>();
  for (const { node, name, target, makes_client } of clientCalls(tree, file, "anybody"))
    if (!makes_client && target && found.size < MOST) add(source, found, node, name, target);
  for (const { hit, fn, args } of tree.matches(CALLS[language])) {
    if (!hit || !fn || found.has(hit.id) || found.size >= MOST) continue;
    const text = language === "java" ? `${hit.childForFieldName("object")?.text ?? ""}.${fn.text}` : fn.text;
    if (text.length > 120) continue;
    const sent = throughClient(source, language, text.replaceAll("?.", "."), fn, args);
    if (sent) add(source, found, hit, text, sent);
  }
  if (language === "java") for (const one of feignRequests(tree)) found.set(-one.line, one);
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** What is given to a method of a client that a variable holds, or that is called like one. */
function throughClient(
  source: Source,
  language: Language,
  text: string,
  fn: SyntaxNode,
  args: SyntaxNode | undefined,
): SyntaxNode | undefined {
  const [, receiver = "", method = ""] = /^(.+)\.(\w+)$/s.exec(text) ?? [];
  const given = argumentsOf(args);
  if (language === "java") {
    // restClient.get().uri("/orders/{id}"), HttpRequest.newBuilder().uri(URI.create(…))
    if (method !== "uri" || !/client|newBuilder|\.(get|post|put|patch|delete|method)\(/i.test(receiver))
      return undefined;
    return given[0];
  }
  if (!VERB.test(method) && method !== "request") return undefined;
  const address = method === "request" && stringValue(given[0])?.match(/^[A-Z]+$/) ? given[1] : given[0];
  if (!address || !looksLikeAddress(address)) return undefined;
  // Handlers are given to routers, not to clients.
  if (given.some(({ type }) => /function|func_literal/.test(type))) return undefined;
  if (CLIENT_NAME.test(receiver.replace(/\(.*$/s, ""))) return address;
  const object = fn.childForFieldName("object") ?? fn.childForFieldName("operand");
  if (!object || object.type === "call") return undefined;
  return valuesOf(source.tree, language, object).some(({ text: made }) => MAKES_CLIENT.test(made.slice(0, 80)))
    ? address
    : undefined;
}

function looksLikeAddress(node: SyntaxNode): boolean {
  const text = node.text.slice(0, 200);
  if (/^[a-z]{0,2}["'`]/i.test(text)) return /^[a-z]{0,2}["'`]+(\/|https?:|\$?\{)/i.test(text) && text.includes("/");
  return /url|uri|endpoint|path|address|href/i.test(text) || /["'`]\//.test(text);
}

function add(
  source: Source,
  found: Map<number, SentRequest>,
  node: SyntaxNode,
  name: string,
  target: SyntaxNode,
): void {
  const options = target.type === "object" ? target : undefined;
  const url = options ? (propertyOf(options, "url") ?? propertyOf(options, "uri")) : target;
  if (!url) return;
  const [address] = namesOf(source, inner(url));
  if (!address || address.every((part) => part === null)) return;
  const { line } = placeOf(node);
  const receiver = name.replace(/\.?\w+$/, "").slice(-60);
  found.set(node.id, {
    method: methodOf(source, node, name, options),
    address,
    base: baseOf(source, node),
    receiver,
    line,
  });
}

/** `URI.create("…")`, `new URL("…", base)`, `fmt.Sprintf(…)`: the first is unpacked, the last is understood as a name. */
function inner(node: SyntaxNode): SyntaxNode {
  if (/^(URI\.create|new URL)\b/.test(node.text.slice(0, 20)))
    return argumentsOf(node.childForFieldName("arguments"))[0] ?? node;
  return node;
}

function methodOf(source: Source, node: SyntaxNode, name: string, options: SyntaxNode | undefined): string {
  const verb = /(\w+)$/.exec(name)?.[1] ?? "";
  if (VERB.test(verb) || /^(PostForm)$/.test(verb)) return verb.replace("PostForm", "post").toUpperCase();
  const args = argumentsOf(node.childForFieldName("arguments"));
  const [, java] = /^(get|post|put|patch|delete)For/i.exec(verb) ?? [];
  if (java) return java.toUpperCase();
  for (const one of [options, ...args.slice(0, 3)]) {
    const given = propertyOf(one, "method");
    const text = stringValue(given) ?? stringValue(one);
    if (text && /^(GET|POST|PUT|PATCH|DELETE|HEAD)$/i.test(text)) return text.toUpperCase();
    const [, constant] = /^(?:http\.Method|HttpMethod\.)(\w+)$/.exec(one?.text.slice(0, 40) ?? "") ?? [];
    if (constant) return constant.toUpperCase();
  }
  if (source.language === "java") {
    const before = node.childForFieldName("object")?.text.slice(-200) ?? "";
    const [, chained] = /\.(get|post|put|patch|delete)\(\)\s*$/i.exec(before) ?? [];
    return chained?.toUpperCase() ?? "";
  }
  return /fetch$|urlopen$|^(got|ky)$/.test(name) ? "GET" : "";
}

/** What the client is made with: `axios.create({ baseURL })`, `httpx.AsyncClient(base_url=…)`. */
function baseOf(source: Source, node: SyntaxNode): Value | undefined {
  const fn = node.childForFieldName("function");
  const object = fn?.childForFieldName("object") ?? fn?.childForFieldName("operand");
  if (!object) return undefined;
  for (const made of valuesOf(source.tree, source.language, object)) {
    const args = made.childForFieldName("arguments");
    const [first] = argumentsOf(args);
    const value =
      keywordOf(args, "base_url") ??
      (first?.type === "object"
        ? ["baseURL", "baseUrl", "prefixUrl"].map((key) => propertyOf(first, key)).find(Boolean)
        : undefined);
    if (value) return namesOf(source, value)[0];
  }
  return undefined;
}

/** Interfaces of Feign name their service and their paths. */
function feignRequests(tree: SyntaxTree): SentRequest[] {
  return tree
    .matches("(interface_declaration (modifiers (annotation name: (_) @name arguments: (_) @args)) body: (_) @body)")
    .flatMap(({ name, args, body }) => {
      if (name?.text !== "FeignClient" || !args || !body) return [];
      const host = /(?:name|value)\s*=\s*"([^"]+)"|^\(\s*"([^"]+)"/.exec(args.text);
      const prefix = /\bpath\s*=\s*"([^"]+)"/.exec(args.text)?.[1] ?? "";
      const service = host?.[1] ?? host?.[2] ?? "";
      return [
        ...body.text.matchAll(/@(Get|Post|Put|Patch|Delete)Mapping\s*\(\s*(?:(?:value|path)\s*=\s*)?"([^"]*)"/g),
      ].map(
        ({ 1: verb = "", 2: path = "", index }): SentRequest => ({
          method: verb.toUpperCase(),
          address: [`http://${service}${prefix}${path.startsWith("/") ? "" : "/"}${path}`],
          base: undefined,
          receiver: "",
          line: body.startPosition.row + 1 + (body.text.slice(0, index).match(/\n/g)?.length ?? 0),
        }),
      );
    });
}
