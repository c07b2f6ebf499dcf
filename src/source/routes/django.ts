import { argumentsOf, placeOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { urlFacts } from "./django-urls.ts";
import { keepViews } from "./django-views.ts";
import { anyGuard, emptyFacts, type Guarding, type RouteFacts } from "./model.ts";
import { decoratorGuard } from "./python-guards.ts";
import { checksOf, isAuthName, looksAtCallers, looksAtSignature, type Reading } from "./reading.ts";

const WRITING =
  /^(ModelViewSet|CreateAPIView|UpdateAPIView|DestroyAPIView|ListCreateAPIView|RetrieveUpdateAPIView|RetrieveDestroyAPIView|RetrieveUpdateDestroyAPIView|CreateModelMixin|UpdateModelMixin|DestroyModelMixin|CreateView|UpdateView|DeleteView|FormView)$/;
const PLAIN =
  /^(APIView|GenericViewSet|ViewSet|GenericAPIView|View|ListModelMixin|RetrieveModelMixin|ListAPIView|RetrieveAPIView|ReadOnlyModelViewSet)$/;
const PUBLIC_NAME =
  /register|registration|log_?in|log_?out|sign_?(up|in)|token|password|health|auth|activat|verif|callback|contact|newsletter/i;

/** Views of Django and Django REST framework, and what the settings say for all of them. */
export function djangoFacts(reading: Reading): RouteFacts {
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  settings(reading, facts);
  urlFacts(reading, facts);
  keepViews(reading, facts);
  for (const { node, name, supers, body } of reading.tree.matches(
    "(class_definition name: (_) @name superclasses: (argument_list) @supers body: (_) @body) @node",
  ))
    if (node && name && body) classView(reading, facts, node, name.text, argumentsOf(supers), body);
  for (const { all, definition } of reading.tree.matches(
    "(decorated_definition definition: (function_definition) @definition) @all",
  ))
    if (all && definition && !insideClass(all)) functionView(reading, facts, all, definition);
  return facts;
}

function settings(reading: Reading, facts: RouteFacts): void {
  if (!/DEFAULT_PERMISSION_CLASSES|MIDDLEWARE/.test(reading.file.text)) return;
  for (const { key, value } of reading.tree.matches(
    "[(pair key: (_) @key value: (_) @value) (assignment left: (_) @key right: (_) @value)]",
  )) {
    const text = value ? reading.code(value) : "";
    if (/DEFAULT_PERMISSION_CLASSES/.test(key?.text.slice(0, 60) ?? "") && /[\w]/.test(text) && !/AllowAny/.test(text))
      facts.everywhere = true;
    if (key?.text !== "MIDDLEWARE") continue;
    const listed = argumentsOf(value).flatMap((one) => stringValue(one) ?? []);
    if (
      listed.some(
        (one) => /LoginRequired/.test(one) || (!one.startsWith("django.") && isAuthName(one.split(".").at(-1) ?? "")),
      )
    )
      facts.everywhere = true;
  }
}

function classView(
  reading: Reading,
  facts: RouteFacts,
  node: SyntaxNode,
  name: string,
  supers: readonly SyntaxNode[],
  body: SyntaxNode,
): void {
  const bases = supers.filter(({ type }) => type !== "keyword_argument").map((one) => calleePath(one).at(-1) ?? "");
  // A base from elsewhere may bring permissions along.
  if (bases.length === 0 || bases.some((base) => !WRITING.test(base) && !PLAIN.test(base)) || PUBLIC_NAME.test(name))
    return;
  const text = reading.code(body);
  const writes =
    bases.some((base) => WRITING.test(base)) || /\bdef (post|put|patch|delete|create|update|destroy)\b/.test(text);
  if (!writes) return;
  const listed = /\bpermission_classes\s*=\s*[[({]([^\])}]*)/.exec(text)?.[1];
  const all = node.parent?.type === "decorated_definition" ? node.parent : null;
  const decorators = [
    ...decoratorsIn(all),
    ...body.descendantsOfType("decorator").filter((one): one is SyntaxNode => one !== null),
  ];
  const open = listed !== undefined && !/\w/.test(listed.replace(/(permissions\.)?AllowAny/g, ""));
  const elsewhere =
    /\b(permission_classes|get_permissions|dispatch|check_permissions|permission_required)\b/.test(text) && !open;
  const guards = anyGuard([
    elsewhere ? true : [],
    decoratorGuard(reading, decorators),
    looksAtCallers(reading, body) || (/webhook/i.test(name) && looksAtSignature(reading, body)) ? true : [],
  ]);
  push(facts, node, name.replace(/(View)?Set$|(API)?View$/, ""), "POST", guards, open);
}

function functionView(reading: Reading, facts: RouteFacts, all: SyntaxNode, definition: SyntaxNode): void {
  const decorators = decoratorsIn(all);
  const names = decorators.map((one) => calleePath(one.namedChild(0) ?? one).at(-1) ?? "");
  if (!names.some((name) => /^(api_view|require_POST|require_http_methods|csrf_exempt)$/.test(name))) return;
  const text = decorators.map((one) => reading.code(one)).join(" ");
  const writes =
    /require_POST|"(POST|PUT|PATCH|DELETE)"|'(POST|PUT|PATCH|DELETE)'/.test(text) ||
    /method\s*==\s*["'](POST|PUT|PATCH|DELETE)/.test(reading.code(definition));
  const name = definition.childForFieldName("name")?.text ?? "";
  if (!writes || PUBLIC_NAME.test(name)) return;
  const open = /AllowAny/.test(text);
  const others = decorators.filter(
    (_, index) => !(open && names[index] === "permission_classes") && !/^csrf/.test(names[index] ?? ""),
  );
  const looks = looksAtCallers(reading, definition) || /request\.user\b/.test(reading.code(definition));
  const guards: Guarding = anyGuard([
    decoratorGuard(reading, others),
    looks || (/hook|callback|notify/i.test(name) && looksAtSignature(reading, definition)) ? true : [],
  ]);
  push(facts, definition, name, "POST", guards, open);
}

/** The path of a view is in another file, urls.py: its name stands for it. */
function push(
  facts: RouteFacts,
  node: SyntaxNode,
  name: string,
  method: string,
  guards: Guarding,
  open: boolean,
): void {
  const path = `/${name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()}`;
  facts.routes.push({
    method,
    path,
    router: "",
    guards,
    at: node.startIndex,
    ...placeOf(node),
    open,
    by_name: true,
    handler: name,
  });
}

function decoratorsIn(node: SyntaxNode | null): SyntaxNode[] {
  return (node?.namedChildren ?? []).filter((child): child is SyntaxNode => child?.type === "decorator");
}

function insideClass(node: SyntaxNode): boolean {
  return node.parent?.parent?.type === "class_definition";
}
