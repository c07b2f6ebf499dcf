import { ancestor, argumentsOf, CALLS, placeOf } from "../ast.ts";
import type { SourceFile } from "../source-file.ts";
import type { SyntaxNode } from "../syntax.ts";
import { callOf, lastName, mayBeMessaging } from "./call.ts";
import { definitionsOf } from "./definitions.ts";
import { goUses } from "./go.ts";
import { javaUses } from "./java.ts";
import { type Handed, handedIn, isConstant, namesOf, type Source } from "./names.ts";
import { pythonUses } from "./python.ts";
import { scriptUses } from "./script.ts";
import type { Family, Use } from "./use.ts";
import type { Value } from "./value.ts";

/** One place where a channel is published to or consumed from. */
export interface Endpoint {
  role: "publish" | "consume";
  family: Family;
  /** `handed`: the name comes in as a parameter, and the callers decide. */
  channel: { value: Value } | { handed: Handed } | undefined;
  exchange: Value | undefined;
  queue: Value | undefined;
  receiver: string | undefined;
  line: number;
  column: number;
}

/** A call of a function of the project that may hand a channel's name on. */
export interface HandingCall {
  name: string;
  receiver: string;
  given: ({ value: Value } | { handed: Handed } | undefined)[];
  line: number;
  column: number;
}

/** What one file says about messages: plain data. */
export interface Traffic {
  endpoints: Endpoint[];
  calls: HandingCall[];
  definitions: Map<string, Value>;
  /** Names and constants that stand where nothing tells what they are for: they may publish as well as consume. */
  mentions: Set<string>;
  references: Set<string>;
  /** Variables that hold an event emitter of the process. */
  emitters: Set<string>;
  /** Whether a fanout exchange is declared: such exchanges ignore keys. */
  fanouts: Value[];
}

const HINTS =
  /publish|subscri|consum|produc|\bemit|topic|queue|event|kafka|nats|redis|amqp|rabbit|listener|stream|jms|sqs|sns|\bbus\b|broker|message/i;
const CONSTANTS =
  /\benum\b|\b[A-Z][A-Z0-9_]{3,}["']?\s{0,4}(?::[^=\n"']{0,40})?[:=]\s{0,4}["'`]|\b(Topic|Event|Queue|Subject)\w*\s{0,4}=\s{0,4}"/;
const EMITTER = /new\s+(?:\w+\.)?EventEmitter(?:2|Async\w*)?\b|\bmitt\s?[<(]|EventEmitter2\b|new\s+Emittery/;
const HANDS_ON =
  /publish|emit|send|produc|dispatch|subscri|consum|listen|regist|handle|notif|event|message|enqueue|raise|broadcast|queue|topic|on$/i;
/** Whole strings that may be names, and dotted or capital names; each is looked up in the tree before it counts. */
const QUOTED = /["'`]([A-Za-z_$][\w$.:/#*>@-]{2,120})["'`]/g;
const REFERENCES =
  /(?<![\w$."'`])(?:[A-Za-z_$][\w$]{0,60}\.){1,3}[A-Za-z_$][\w$]{0,60}(?![\w$(."'`])|(?<![\w$."'`])[A-Z][A-Z0-9_]{2,60}(?![\w$(."'`])/g;
const IMPORTS =
  /^(import_statement|import_from_statement|import_declaration|import_spec|export_specifier|package_declaration)$/;
const DEFINES =
  /^(variable_declarator|assignment|const_spec|var_spec|enum_assignment|public_field_definition|field_definition|enum_constant)$/;
/** Keys under which a message says what it is: that does not make anybody hear it. */
const SAYS_WHAT = /^["']?(type|event|event_?type|event_?name|name|source|subject|detail-?type|kind|action)["']?$/i;
const LOGS =
  /(^|\.)(log(ger)?|logging|console|slog|zap|fmt)\b|\.(info|debug|warn(ing)?|error|trace|log|Info|Debug|Warn|Error|Printf?|Println)$/;

/** Calls, decorators and constants without which a file has no part in messages. */
const CARRIES =
  /(publish|subscri|consum|produc|emit|enqueue|dispatch|broadcast|send_?(message|event|to|batch)|sendToQueue|listener|on_?event|event_?pattern|message_?pattern|convertAndSend|xadd|queue_bind|bindQueue)\w{0,24}\s*[(<]|Listener\b|\b\w*(TOPIC|EVENT|QUEUE|CHANNEL|SUBJECT|EXCHANGE|Topic|Event|Queue|Channel|Subject|Exchange)\w{0,40}\s*(:[^=\n]{0,40})?[:=]\s*["'`{]|\b(kafka|amqp\w*|rabbit\w*|nats|redis|aiokafka|pika|kafkajs)\b[^\n]{0,80}(send|\.on\()|new\s+EventEmitter/i;

/** Whether it is worth asking for a file's messages; says yes too often rather than too rarely. */
export function mayCarryMessages(text: string): boolean {
  return CARRIES.test(text);
}

const known = new WeakMap<SourceFile, { traffic: Traffic | undefined }>();

/** Read a code file's messages; undefined when it has none. Computed once a file. */
export function trafficOf(file: SourceFile): Traffic | undefined {
  let entry = known.get(file);
  if (!entry) {
    entry = { traffic: read(file) };
    known.set(file, entry);
  }
  return entry.traffic;
}

function read(file: SourceFile): Traffic | undefined {
  const { language, text } = file;
  if (!language || !(HINTS.test(text) || CONSTANTS.test(text))) return undefined;
  const tree = file.tree();
  if (!tree) return undefined;
  const source: Source = { tree, language };
  const uses = [...usesIn(source, text)];
  const taken = new Set(uses.map(({ node }) => node.id));
  const { calls, nodes } = HINTS.test(text) ? handingCalls(source, taken) : { calls: [], nodes: [] };
  const silent = [...uses.map(({ node }) => node), ...nodes].flatMap(ranges);
  const traffic: Traffic = {
    endpoints: uses.flatMap((use) => endpointsOf(source, use)),
    calls,
    definitions: definitionsOf(source, text),
    ...mentionsOf(source, text, silent),
    emitters: EMITTER.test(text) ? emittersIn(source) : new Set(),
    fanouts: /fanout/i.test(text) ? fanoutsIn(source) : [],
  };
  const { endpoints, definitions, mentions, references } = traffic;
  return endpoints.length + calls.length + definitions.size + mentions.size + references.size > 0 ? traffic : undefined;
}

function usesIn(source: Source, text: string): Iterable<Use> {
  if (!HINTS.test(text)) return [];
  switch (source.language) {
    case "python":
      return pythonUses(source, text);
    case "go":
      return goUses(source, text);
    case "java":
      return javaUses(source);
    default:
      return scriptUses(source, text);
  }
}

function endpointsOf(source: Source, { role, family, node, channels, exchange, queue, receiver }: Use): Endpoint[] {
  if (role === "declare") return [];
  const place = placeOf(node);
  const one = (expression: SyntaxNode | undefined) => (expression ? namesOf(source, expression)[0] : undefined);
  const rest = { role, family, exchange: one(exchange), queue: one(queue), receiver, ...place };
  if (channels.length === 0) return [{ ...rest, channel: undefined }];
  return channels.flatMap((channel): Endpoint[] => {
    const handed = handedIn(source, channel);
    if (handed) return [{ ...rest, channel: { handed } }];
    return namesOf(source, channel).map((value) => ({ ...rest, channel: { value } }));
  });
}

function handingCalls(source: Source, taken: ReadonlySet<number>): { calls: HandingCall[]; nodes: SyntaxNode[] } {
  const calls: HandingCall[] = [];
  const nodes: SyntaxNode[] = [];
  for (const { hit, fn, args } of source.tree.matches(CALLS[source.language])) {
    if (!hit || !fn || !mayBeMessaging(fn) || taken.has(hit.id)) continue;
    const { method, receiver, positional, option } = callOf(source, hit, fn, args);
    if (!HANDS_ON.test(method) || LOGS.test(fn.text.slice(-60))) continue;
    const keyword =
      source.language === "python" ? option("topic", "channel", "event", "subject", "queue", "routing_key") : undefined;
    const given = (keyword ? [keyword] : positional.slice(0, 4)).map((node) => givenName(source, node));
    if (given.every((one) => one === undefined)) continue;
    calls.push({ name: method, receiver: lastName(receiver), given, ...placeOf(hit) });
    nodes.push(hit);
  }
  return { calls, nodes };
}

function givenName(source: Source, node: SyntaxNode): HandingCall["given"][number] {
  const handed = handedIn(source, node);
  if (handed) return { handed };
  const [value] = /function|lambda|object|dictionary/.test(node.type) ? [] : namesOf(source, node);
  return value?.some((part) => part !== null) ? { value } : undefined;
}

/** The parts of a recognised call in which a name is no mention: all but the functions it is given. */
function ranges(node: SyntaxNode): { from: number; to: number }[] {
  const given = argumentsOf(node.childForFieldName("arguments"));
  const parts = given.length > 0 ? given : [node];
  return parts
    .filter(({ type }) => !/function|lambda/.test(type))
    .map(({ startIndex, endIndex }) => ({ from: startIndex, to: endIndex }));
}

function mentionsOf(source: Source, text: string, silent: readonly { from: number; to: number }[]) {
  const mentions = new Set<string>();
  const references = new Set<string>();
  const speaks = (at: number, length: number, isName: boolean) => {
    if (silent.some(({ from, to }) => at >= from && at + length <= to)) return false;
    const found = source.tree.root.descendantForIndex(at, at + length);
    const node = isName ? literalAround(found) : found;
    return node !== null && !node.type.includes("comment") && isString(node) === isName && !saysNothing(node);
  };
  for (const { 1: name = "", index } of text.matchAll(QUOTED))
    if (mentions.size < 2000 && !mentions.has(name) && speaks(index, name.length + 2, true)) mentions.add(name);
  for (const { 0: reference, index } of text.matchAll(REFERENCES)) {
    const name = reference.replace(/\.value$/, "");
    if (!references.has(name) && isConstant(name) && speaks(index, reference.length, false)) references.add(name);
  }
  return { mentions, references };
}

const isString = (node: SyntaxNode) => node.type.includes("string");

/** The string literal that a place in its text belongs to. */
function literalAround(node: SyntaxNode | null): SyntaxNode | null {
  let inner = node;
  while (inner && isString(inner) && inner.parent && isString(inner.parent)) inner = inner.parent;
  return inner;
}

/** Imports, definitions, log lines, and what a message says of itself. */
function saysNothing(node: SyntaxNode): boolean {
  const { parent } = node;
  if (!parent) return true;
  if (parent.type === "pair" || parent.type === "keyword_argument" || parent.type === "keyed_element") {
    const key = parent.childForFieldName("key") ?? parent.childForFieldName("name") ?? parent.namedChild(0);
    if (key?.id !== node.id && SAYS_WHAT.test(key?.text.slice(0, 40) ?? "")) return true;
    if (key?.id !== node.id && isDefinitionTable(parent)) return true;
  }
  let inner = node;
  for (
    let outer: SyntaxNode | null = parent, level = 0;
    outer && level < 6;
    inner = outer, outer = outer.parent, level += 1
  ) {
    if (IMPORTS.test(outer.type)) return true;
    if (DEFINES.test(outer.type)) return level === 0 || !/call|array|list|tuple|dictionary|object/.test(inner.type);
    if (/^(call|call_expression|method_invocation)$/.test(outer.type))
      return LOGS.test(
        (outer.childForFieldName("function") ?? outer.childForFieldName("object"))?.text.slice(-60) ?? "",
      );
  }
  return false;
}

/** `const TOPICS = { CREATED: "order.created" }`: a table of constants. */
function isDefinitionTable(pair: SyntaxNode): boolean {
  const holder = ancestor(pair, ["variable_declarator", "pair", "arguments", "assignment"]);
  return /(topic|event|queue|channel|subject)(_?names?|s)?$/i.test(
    holder?.childForFieldName("name")?.text.slice(0, 100) ?? "",
  );
}

function emittersIn(source: Source): Set<string> {
  if (source.language !== "typescript" && source.language !== "javascript") return new Set();
  const found = new Set<string>();
  for (const { name, value } of source.tree.matches(
    "[(variable_declarator name: (identifier) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value)]",
  ))
    if (name && value && EMITTER.test(value.text.slice(0, 80))) found.add(lastName(name.text.slice(-80)));
  if (source.language === "typescript")
    for (const { name, type } of source.tree.matches(
      "[(required_parameter pattern: (identifier) @name type: (_) @type) (public_field_definition name: (_) @name type: (_) @type)]",
    ))
      if (name && /^:\s*EventEmitter2?\b/.test(type?.text ?? "")) found.add(name.text);
  return found;
}

function fanoutsIn(source: Source): Value[] {
  return source.tree.matches(CALLS[source.language]).flatMap(({ hit, fn, args }) => {
    if (!hit || !fn || !/exchange/i.test(fn.text.slice(-40)) || !/fanout/i.test(args?.text.slice(0, 400) ?? ""))
      return [];
    const call = callOf(source, hit, fn, args);
    const exchange = call.option("exchange", "name") ?? call.positional[0];
    return exchange ? namesOf(source, exchange) : [];
  });
}
