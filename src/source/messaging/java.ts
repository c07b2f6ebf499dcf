import { argumentsOf, CALLS } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import { type Call, callOf, lastName, mayBeMessaging } from "./call.ts";
import type { Source } from "./names.ts";
import type { Family, Use } from "./use.ts";

const LISTENERS: Readonly<Record<string, { family: Family; keys: readonly string[] }>> = {
  KafkaListener: { family: "kafka", keys: ["topics", "topicPattern"] },
  RabbitListener: { family: "amqp", keys: ["queues", "queuesToDeclare"] },
  JmsListener: { family: "bus", keys: ["destination"] },
  SqsListener: { family: "aws", keys: ["value", "queueNames"] },
};

type Found = Omit<Use, "node">;
const present = (...nodes: (SyntaxNode | undefined)[]) => nodes.filter((node) => node !== undefined);

/** What Java publishes and consumes: Spring Kafka, Spring AMQP, Spring Data Redis, JMS, the Kafka client. */
export function* javaUses(source: Source): Generator<Use> {
  for (const { hit, fn, args } of source.tree.matches(CALLS.java)) {
    if (!hit || !fn || !mayBeMessaging(fn)) continue;
    const use = publish(callOf(source, hit, fn, args)) ?? bind(hit, fn.text, argumentsOf(args));
    if (use) yield { ...use, node: hit };
  }
  for (const { hit, type, args } of source.tree.matches(
    "(object_creation_expression type: (_) @type arguments: (argument_list) @args) @hit",
  )) {
    const [first] = argumentsOf(args);
    const name = type?.text.replace(/<[\s\S]*/, "") ?? "";
    if (!hit || !first) continue;
    if (name === "ProducerRecord") yield { role: "publish", family: "kafka", node: hit, channels: [first] };
    else if (/^(Channel|Pattern)Topic$/.test(name))
      yield { role: "consume", family: "redis", node: hit, channels: [first] };
    else if (/^(Queue|NewTopic|TopicExchange|DirectExchange|FanoutExchange)$/.test(name))
      yield { role: "declare", family: "amqp", node: hit, channels: [first] };
  }
  for (const { hit, name, args } of source.tree.matches(
    "(annotation name: (_) @name arguments: (annotation_argument_list) @args) @hit",
  )) {
    if (!hit || !name) continue;
    if (name.text === "QueueBinding") yield { ...bindingOf(args), node: hit };
    const listener = LISTENERS[name.text];
    if (listener) yield* listened(hit, args, listener);
  }
}

function* listened(
  node: SyntaxNode,
  args: SyntaxNode | undefined,
  { family, keys }: { family: Family; keys: readonly string[] },
): Generator<Use> {
  const pairs = argumentsOf(args);
  const given = pairs.filter(
    (pair) => pair.type !== "element_value_pair" || keys.includes(pair.childForFieldName("key")?.text ?? ""),
  );
  if (given.length === 0) return;
  const pattern = given.some((pair) => pair.childForFieldName("key")?.text === "topicPattern");
  const channels = pattern ? [] : given.flatMap((pair) => elements(pair.childForFieldName("value") ?? pair));
  yield { role: "consume", family, node, channels };
}

function elements(value: SyntaxNode): SyntaxNode[] {
  return value.type === "element_value_array_initializer" ? argumentsOf(value) : [value];
}

/** `@QueueBinding(value = @Queue("q"), exchange = @Exchange("e"), key = "k")` */
function bindingOf(args: SyntaxNode | undefined): Found {
  const value = (name: string) =>
    argumentsOf(args)
      .find((pair) => pair.childForFieldName("key")?.text === name)
      ?.childForFieldName("value") ?? undefined;
  const inner = (node: SyntaxNode | undefined) => {
    const [first] = argumentsOf(node?.childForFieldName("arguments"));
    const named = argumentsOf(node?.childForFieldName("arguments")).find((pair) =>
      /^(name|value)$/.test(pair.childForFieldName("key")?.text ?? ""),
    );
    return named?.childForFieldName("value") ?? (first?.type === "element_value_pair" ? undefined : first);
  };
  const key = value("key");
  const [exchange, queue] = [inner(value("exchange")), inner(value("value"))];
  return {
    role: "consume",
    family: "amqp",
    channels: key ? elements(key) : [],
    ...(exchange && { exchange }),
    ...(queue && { queue }),
  };
}

function publish({ method, receiver, positional, items }: Call): Found | undefined {
  const name = lastName(receiver);
  const [first, second] = positional;
  if (method === "send" && /kafka/i.test(name) && positional.length > 1)
    return { role: "publish", family: "kafka", channels: present(first) };
  if (/^(convertAndSend|convertSendAndReceive|send)$/.test(method) && /rabbit|amqp/i.test(name))
    return positional.length > 2
      ? { role: "publish", family: "amqp", channels: present(second), ...(first && { exchange: first }) }
      : { role: "publish", family: "amqp", channels: present(first) };
  // MessageBuilder.withPayload(order).setHeader(KafkaHeaders.TOPIC, "orders")
  if (method === "setHeader" && /(^|\.)TOPIC$/.test(first?.text ?? ""))
    return { role: "publish", family: "kafka", channels: present(second) };
  if (method === "name" && name === "TopicBuilder")
    return { role: "declare", family: "kafka", channels: present(first) };
  if (method === "convertAndSend" && /redis/i.test(name))
    return { role: "publish", family: "redis", channels: present(first) };
  // Spring Cloud Stream: the settings may bind the name to another destination.
  if (method === "send" && /stream_?bridge/i.test(name))
    return { role: "publish", family: "bus", channels: present(first) };
  if (/^(convertAndSend|send)$/.test(method) && /jms|sqs/i.test(name) && positional.length > 1)
    return { role: "publish", family: "bus", channels: present(first) };
  if (method === "subscribe" && /consumer/i.test(name)) {
    const listed =
      first?.type === "method_invocation" ? argumentsOf(first.childForFieldName("arguments")) : items(first);
    return { role: "consume", family: "kafka", channels: listed };
  }
  return undefined;
}

/** `BindingBuilder.bind(queue).to(exchange).with("order.*")`: queue and exchange are beans, the key is the channel. */
function bind(node: SyntaxNode, method: string, given: readonly SyntaxNode[]): Found | undefined {
  if (method !== "with" || !/BindingBuilder\s*\.\s*bind\(/.test(node.text.slice(0, 400))) return undefined;
  const queue = boundIn(node);
  return { role: "consume", family: "amqp", channels: given.slice(0, 1), ...(queue && { queue }) };
}

/** What `BindingBuilder.bind(…)` at the beginning of a chain is given. */
function boundIn(chain: SyntaxNode): SyntaxNode | undefined {
  let node: SyntaxNode | null = chain;
  for (let level = 0; node?.type === "method_invocation" && level < 8; level += 1) {
    if (node.childForFieldName("name")?.text === "bind") return argumentsOf(node.childForFieldName("arguments"))[0];
    node = node.childForFieldName("object");
  }
  return undefined;
}
