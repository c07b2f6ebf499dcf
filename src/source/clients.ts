import { argumentsOf, CALLS, calleeOf, stringValue } from "./ast.ts";
import { valuesOf } from "./bindings.ts";
import { feignClients, springClient } from "./clients-java.ts";
import { type Imported, importsOf } from "./imports.ts";
import type { Language } from "./languages.ts";
import { unwrapped } from "./members.ts";
import { functionAround } from "./scopes.ts";
import type { SourceFile } from "./source-file.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** A place that sends a request, or makes a client that will. */
export interface ClientCall {
  node: SyntaxNode;
  name: string;
  library: string;
  /** A client made here sends its requests elsewhere. */
  makes_client: boolean;
  /** What says where it goes: an address, or an object that holds one. */
  target: SyntaxNode | undefined;
}

interface Names {
  imports: ReadonlyMap<string, Imported>;
  services: readonly string[];
  own: ReadonlySet<string>;
}

const VERBS = "get|post|put|patch|delete|head|options|request";
const SCRIPT_CALLS: Readonly<Record<string, RegExp>> = {
  axios: new RegExp(`^(default|axios|\\*)?\\.?(${VERBS}|create)?$`, "i"),
  got: new RegExp(`^(default|got)?\\.?(${VERBS}|extend)?$`),
  ky: new RegExp(`^(default)?\\.?(${VERBS}|create|extend)?$`),
  superagent: new RegExp(`^(default|\\*)\\.(${VERBS})$`),
  needle: new RegExp(`^(default|\\*)?\\.?(${VERBS})?$`),
  undici: /^(fetch|request|stream|\*\.(fetch|request|stream))$/,
  "node-fetch": /^(default|\*|fetch)$/,
  "cross-fetch": /^(default|\*|fetch)$/,
  ofetch: /^(ofetch|\$fetch|fetch)$/,
  http: /^((default|\*)\.)?(request|get)$/,
  https: /^((default|\*)\.)?(request|get)$/,
};
const PYTHON_CALL =
  /^(requests\.(get|post|put|patch|delete|head|request|Session|session)|httpx\.(get|post|put|patch|delete|head|request|stream|Client|AsyncClient)|aiohttp\.(ClientSession|request)|urllib\.request\.urlopen|urllib3\.(PoolManager|request)|http\.client\.HTTPS?Connection)$/;
const GO_CALL = /^(Get|Post|PostForm|Head|NewRequest|NewRequestWithContext)$/;
const MAKES =
  /(^|\.)(create|extend|Session|session|Client|AsyncClient|ClientSession|PoolManager|HTTPS?Connection|New)$/;
/** Literal addresses of this machine and of somebody else's services; names inside a cluster are one's own. */
const OUTSIDE =
  /^(\/(?!\/)|https?:\/\/(localhost|127\.0\.0\.1|(?![\w.-]*\.(svc|local|internal|consul)\b)[\w-]+(\.[\w-]+)+)([:/?#]|$))/;

/** Every HTTP request that a file sends: to somebody who may be one's own service, or to `anybody`. */
export function* clientCalls(
  tree: SyntaxTree,
  file: SourceFile,
  whom: "own" | "anybody" = "own",
): Generator<ClientCall> {
  const { language } = file;
  if (!language) return;
  const imports = importsOf(tree, language);
  const services = httpServices(file);
  const own = ownNames(file);
  for (const { node, address } of language === "java" && /FeignClient/.test(file.text) ? feignClients(tree) : [])
    if (whom === "anybody" || address === undefined || !OUTSIDE.test(address))
      yield { node, name: "The @FeignClient", library: "Feign", makes_client: false, target: undefined };
  for (const { hit, fn, args } of tree.matches(CALLS[language])) {
    if (!hit || !fn) continue;
    const library = libraryOf(tree, language, { imports, services, own }, hit, fn);
    if (library === undefined) continue;
    const name = language === "java" ? `${hit.childForFieldName("object")?.text ?? ""}.${fn.text}` : calleeOf(fn);
    const target =
      /NewRequest|^request$/.test(name.split(".").at(-1) ?? "") && language === "go"
        ? addressIn(args)
        : argumentsOf(args)[0];
    if (whom === "own" && target && isOutside(tree, language, target)) continue;
    yield { node: hit, name, library, makes_client: MAKES.test(name), target };
  }
}

function libraryOf(
  tree: SyntaxTree,
  language: Language,
  { imports, services, own }: Names,
  hit: SyntaxNode,
  fn: SyntaxNode,
): string | undefined {
  if (fn.text.length > 80) return undefined;
  const text = fn.text.replaceAll("?.", ".");
  const [root = "", ...rest] = text.split(".");
  const imported = imports.get(root);
  switch (language) {
    case "python": {
      const path = imported ? [imported.module, imported.name === "*" ? "" : imported.name, ...rest] : [root, ...rest];
      return PYTHON_CALL.test(path.filter(Boolean).join(".")) ? (path[0] ?? "").split(".")[0] : undefined;
    }
    case "go":
      return goLibrary(tree, imported?.module ?? (root === "http" ? "net/http" : ""), rest, fn);
    case "java":
      return (
        javaLibrary(hit.childForFieldName("object"), fn.text) ??
        springClient(tree, hit.childForFieldName("object"), fn.text)
      );
    default: {
      if (services.some((name) => new RegExp(`^this\\.${name}\\.(axiosRef\\.)?(${VERBS})$`).test(text))) return "axios";
      if (!imported) {
        if (/^((globalThis|global)\.)?fetch$/.test(text)) return isOwnName(own, hit, "fetch") ? undefined : "fetch";
        return root === "axios" && !isOwnName(own, hit, "axios") && SCRIPT_CALLS.axios?.test(`.${rest.join(".")}`)
          ? "axios"
          : undefined;
      }
      const module = imported.module.replace(/^node:/, "");
      const path = [imported.name, ...rest].join(".");
      return SCRIPT_CALLS[module]?.test(path) ? module : undefined;
    }
  }
}

function goLibrary(tree: SyntaxTree, module: string, rest: readonly string[], fn: SyntaxNode): string | undefined {
  const method = rest.at(-1) ?? "";
  if (module === "net/http")
    return (rest.length === 1 && GO_CALL.test(method)) || (rest[0] === "DefaultClient" && GO_CALL.test(method))
      ? "net/http"
      : undefined;
  if (/resty/.test(module)) return method === "New" ? "resty" : undefined;
  if (!/^(Get|Post|PostForm|Head)$/.test(method)) return undefined;
  const receiver = fn.childForFieldName("operand");
  const values = receiver?.type === "identifier" ? valuesOf(tree, "go", receiver) : [];
  return values.some((value) => /^&?http\.Client\s*\{/.test(value.text.slice(0, 40))) ? "net/http" : undefined;
}

function javaLibrary(receiver: SyntaxNode | null, method: string): string | undefined {
  const name = receiver?.text.slice(-60) ?? "";
  if (/rest_?template$/i.test(name) && /^(getFor|postFor|patchFor|exchange|put$|delete$|execute)/.test(method))
    return "RestTemplate";
  if (/^(java\.net\.http\.)?HttpRequest$/.test(name) && method === "newBuilder") return "HttpClient";
  if (/(^|\.)web_?client$/i.test(name) && /^(get|post|put|patch|delete|method)$/.test(method)) return "WebClient";
  if (/(^|\.)rest_?client$/i.test(name) && /^(get|post|put|patch|delete|method)$/.test(method)) return "RestClient";
  if (/(http|ok)_?client$/i.test(name) && method === "newCall") return "OkHttp";
  return (name === "ClientBuilder" && method === "newClient") || method === "openConnection" ? "Client" : undefined;
}

/** Fields of NestJS classes that hold its HTTP client. */
function httpServices({ text }: SourceFile): readonly string[] {
  return /@nestjs\/axios/.test(text)
    ? [...text.matchAll(/(\w{1,60})\??\s*:\s*HttpService\b/g)].map(([, name = ""]) => name)
    : [];
}

/** Which of the global names a file declares itself. */
function ownNames({ text }: SourceFile): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/\b(?:function\s{1,5}|(?:const|let|var)\s{1,5}(?:\{[^}]{0,200}?)?)\b(fetch|axios)\b/g)].map(
      ([, name = ""]) => name,
    ),
  );
}

/** Whether the file, or a function around a call by its parameters, has a name of its own. */
function isOwnName(own: ReadonlySet<string>, hit: SyntaxNode, name: "fetch" | "axios"): boolean {
  if (own.has(name)) return true;
  const parameter = name === "fetch" ? /(?:^|[(,{]\s{0,40})fetch\b/ : /(?:^|[(,{]\s{0,40})axios\b/;
  for (let fn = functionAround(hit); fn; fn = functionAround(fn))
    if (parameter.test(fn.childForFieldName("parameters")?.text.slice(0, 500) ?? "")) return true;
  return false;
}

function addressIn(args: SyntaxNode | undefined): SyntaxNode | undefined {
  return argumentsOf(args).find((node) => !/^http\.Method|^ctx$|^"[A-Z]+"$|[cC]ontext/.test(node.text.slice(0, 60)));
}

/** A literal address, or one that begins with a literal, of somebody else's service or of this machine. */
function isOutside(tree: SyntaxTree, language: Language, node: SyntaxNode, depth = 3): boolean {
  if (depth === 0) return false;
  // Whoever gave the address of a webhook is not one's own service.
  if (/web_?hook_?(ur[li]|address|endpoint)?$/i.test(node.text.slice(-60))) return true;
  return valuesOf(tree, language, node).some((given) => {
    const value = unwrapped(given);
    const text = stringValue(value);
    if (text !== undefined) return OUTSIDE.test(text);
    if (/^binary_(expression|operator)$/.test(value.type)) {
      if (!/^\+$/.test(value.childForFieldName("operator")?.text ?? "")) return false;
      const left = value.childForFieldName("left");
      return left !== null && isOutside(tree, language, left, depth - 1);
    }
    if (!/^(template_string|string)$/.test(value.type)) return false;
    const begin = value.text.slice(0, 120).replace(/^[a-z]{0,2}["'`]+/i, "");
    if (!/^[${]/.test(begin)) return OUTSIDE.test(begin.replace(/\$?\{.*/s, ""));
    const first = value.namedChildren
      .find((child) => /substitution|interpolation/.test(child?.type ?? ""))
      ?.namedChild(0);
    return !!first && isOutside(tree, language, first, depth - 1);
  });
}
