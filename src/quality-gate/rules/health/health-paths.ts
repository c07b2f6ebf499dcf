import { argumentsOf, CALLS, calleeOf, stringValue } from "../../../source/ast.ts";
import { valuesOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import { memberOf, unwrapped } from "../../../source/members.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** The last segment, or the one before it, of a path that says whether a service serves. */
const HEALTH =
  /^(?:[A-Z]{3,7} )?\/?(?:[\w.-]+\/|\*\/)*[-_]?(?:health(?:z|y)?|health[-_]?checks?|ready|readyz|readiness|live|livez|liveness|alive)(?:\/(?:live(?:ness|z)?|ready|readiness|readyz|startup|status|check|db|full)?)?\/?\$?$/i;
/** Calls that declare a route, mount a router or ask for the path of a request. */
const ROUTE =
  /^(get|head|all|any|use|route|path|re_path|url|add|add_(api_)?(route|url_rule|get|head|view)|handle(Func)?|map|mount|group|controller|register\w*|api_route|router|add_routes?|match|method(Func)?|options|APIRouter|Blueprint|Router|startsWith|startswith|endsWith|HasPrefix|HasSuffix|equals|include_router|prefix|path(Prefix)?|createContext|antMatcher|GET|HEAD|Static|isHealth\w*)$/i;
/** Of these a path may begin without a slash; elsewhere that is a key. */
const RELATIVE = /^(path|re_path|url|Controller|Get|All|Head|Path|Route|RequestMapping|register)$/;
/** What asks somebody else. */
const CLIENT =
  /(^|[._])(axios|requests|httpx|client|http_?client|session|fetch|got|ky|superagent|supertest|api|agent|undici)$/i;
const ANNOTATION = /^(\w*Mapping|Path|Route|Get|Head|Controller|RequestMapping|Liveness|Readiness|Health|Startup)$/;
const KEYS = /^(path|url|prefix|url_prefix|route|pattern|endpoint|uri)$/;

const VERB = /^(GET|HEAD|\*|get|head)$/;
const HEALTH_PATTERN = /^\^?\(?(\?:)?\\?\/(?:[\w-]{1,40}\\?\/){0,4}\(?(\?:)?(health|ready|readiness|live|alive)/i;

const ROWS: Readonly<Partial<Record<Language, string>>> = {
  python: "[(tuple (string) @path) (list (string) @path)] @row",
  typescript: "[(array (string) @path) (regex pattern: (_) @pattern)] @row",
  javascript: "[(array (string) @path) (regex pattern: (_) @pattern)] @row",
};
const COMPARISONS: Readonly<Record<Language, string>> = {
  python: "[(comparison_operator (string) @path) (case_pattern (string) @path)] @node",
  typescript: "[(binary_expression (string) @path) (switch_case value: (string) @path)] @node",
  javascript: "[(binary_expression (string) @path) (switch_case value: (string) @path)] @node",
  go: "[(binary_expression (interpreted_string_literal) @path) (expression_case value: (expression_list (interpreted_string_literal) @path))] @node",
  java: "[(binary_expression (string_literal) @path) (switch_label (string_literal) @path)] @node",
};
const ENTRIES: Readonly<Record<Language, string>> = {
  python: "[(pair key: (_) @key value: (_) @value) (keyword_argument name: (_) @key value: (_) @value)] @node",
  typescript: "(pair key: (_) @key value: (_) @value) @node",
  javascript: "(pair key: (_) @key value: (_) @value) @node",
  go: "(keyed_element . (literal_element) @key (literal_element) @value) @node",
  java: "(annotation name: (_) @key arguments: (annotation_argument_list) @value) @node",
};

/** Whether a file answers a path that says whether the service serves: as a route, a prefix, a comparison, an entry. */
export function answersHealth(tree: SyntaxTree, language: Language): boolean {
  return (
    inCalls(tree, language) || inComparisons(tree, language) || inEntries(tree, language) || inRows(tree, language)
  );
}

/** Rows of a route table, `["GET", "/health", handler]`, and patterns that the path is tested with. */
function inRows(tree: SyntaxTree, language: Language): boolean {
  const query = ROWS[language];
  if (query === undefined) return false;
  return tree.matches(query).some(({ path, pattern, row }) => {
    if (pattern) return HEALTH_PATTERN.test(pattern.text.slice(0, 100));
    return isHealth(stringValue(path)) && row?.namedChildren.some((one) => VERB.test(stringValue(one) ?? "")) === true;
  });
}

function inCalls(tree: SyntaxTree, language: Language): boolean {
  for (const { hit, fn, args } of tree.matches(CALLS[language])) {
    if (!fn) continue;
    const name = calleeOf(fn).split(".").at(-1) ?? "";
    if (!ROUTE.test(name)) continue;
    const receiver =
      hit?.childForFieldName("object") ?? fn.childForFieldName("object") ?? fn.childForFieldName("operand");
    if (
      CLIENT.test(receiver?.text.slice(-40) ?? "") ||
      // Go's http.Get, Node's http.get, NestJS's this.http.get
      (/(^|\.|_)https?(service)?$/i.test(receiver?.text.slice(-40) ?? "") && /^(get|head|post)$/i.test(name))
    )
      continue;
    const relative = RELATIVE.test(name);
    if (
      argumentsOf(args)
        .slice(0, 2)
        .some((argument) => isHealthPath(tree, language, argument, relative))
    )
      return true;
  }
  return false;
}

function inComparisons(tree: SyntaxTree, language: Language): boolean {
  return tree.matches(COMPARISONS[language]).some(({ path, node }) => {
    const operator = node?.childForFieldName("operator")?.text ?? "";
    return (
      path !== undefined &&
      !/^[+|&?]/.test(operator) &&
      isHealth(stringValue(path)) &&
      stringValue(path)?.startsWith("/")
    );
  });
}

function inEntries(tree: SyntaxTree, language: Language): boolean {
  return tree.matches(ENTRIES[language]).some(({ key, value, node }) => {
    if (!key || !value || !node) return false;
    const name = unwrapped(key).text.replace(/["'`]/g, "");
    if (language === "java")
      return (
        ANNOTATION.test(name) &&
        [...value.text.slice(0, 300).matchAll(/"([^"]{1,100})"/g)].some(([, path]) => isHealth(path))
      );
    if (/^([A-Z]+ )?\//.test(name) && isHealth(name)) return true;
    return KEYS.test(name) && !isRequest(node) && isHealthPath(tree, language, value, true);
  });
}

function isHealthPath(tree: SyntaxTree, language: Language, node: SyntaxNode, relative: boolean): boolean {
  return [node, ...valuesOf(tree, language, node)].some((value) => {
    const path = lastText(unwrapped(value));
    return isHealth(path) && (relative || /^([A-Z]+ )?\^?\//.test(path ?? ""));
  });
}

/** The text of a path, or what follows the prefix it is built with. */
function lastText(node: SyntaxNode): string | undefined {
  const whole = stringValue(node);
  if (whole !== undefined) return whole;
  if (/^(template_string|string)$/.test(node.type)) return /\}([^}`"']{1,80})[`"']$/.exec(node.text.slice(-120))?.[1];
  if (/^binary_(expression|operator)$/.test(node.type)) return stringValue(node.childForFieldName("right"));
  return /^array$|^list$/.test(node.type)
    ? node.namedChildren.map((item) => stringValue(item)).find(isHealth)
    : undefined;
}

function isHealth(path: string | undefined): boolean {
  // What depends on a parameter is a resource's health.
  return path !== undefined && path.length <= 100 && !/[:{<]/.test(path) && HEALTH.test(path.replace(/^\^/, ""));
}

/** Whether an entry belongs to the options of a request that is sent from here. */
function isRequest(node: SyntaxNode): boolean {
  let outer = node.parent;
  for (let level = 0; outer && level < 4; level += 1, outer = outer.parent) {
    const fn = /^call/.test(outer.type) ? outer.childForFieldName("function") : null;
    if (fn)
      return (
        CLIENT.test(fn.text.slice(-40)) ||
        /(^|\.)(request|fetch)$/.test(fn.text.slice(-40)) ||
        !!memberOf(fn)?.object.text.match(CLIENT)
      );
  }
  return false;
}

/** Whether a Java file is the client of another service: a Feign interface looks like a controller. */
export function isRemoteInterface(tree: SyntaxTree, language: Language): boolean {
  if (language !== "java") return false;
  const names = tree.matches("[(annotation name: (_) @name) (marker_annotation name: (_) @name)] @hit");
  return names.some(({ name }) => /^(FeignClient|RegisterRestClient|HttpExchange)$/.test(name?.text ?? ""));
}
