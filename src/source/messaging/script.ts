import { argumentsOf, CALLS } from "../ast.ts";
import { entriesOf } from "../bindings.ts";
import type { SyntaxNode } from "../syntax.ts";
import { type Call, callOf, lastName, mayBeMessaging } from "./call.ts";
import type { Source } from "./names.ts";
import type { Family, Use } from "./use.ts";

const REDIS = /["'](redis|ioredis|@redis\/client|@upstash\/redis)["']/;
const NATS = /["'](nats|@nats-io\/[\w-]+|nats\.ws)["']/;
/** There a client is a browser. */
const SOCKETS = /["'](socket\.io[\w-]*|@nestjs\/(websockets|platform-socket\.io|platform-ws)|ws)["']/;
const NEST = /^(EventPattern|MessagePattern|OnEvent|SqsMessageHandler|RabbitSubscribe|RabbitRPC)$/;
const BROWSER = /socket|^io$|\bnsp|\broom|process|window|document|store|logger|page|^cy$|^app$|router/i;

type Found = Omit<Use, "node">;
const present = (...nodes: (SyntaxNode | undefined)[]) => nodes.filter((node) => node !== undefined);

/** What JavaScript publishes and consumes: kafkajs, amqplib, redis, nats, AWS SDK v3, NestJS, EventEmitter. */
export function* scriptUses(source: Source, text: string): Generator<Use> {
  const sockets = SOCKETS.test(text);
  const pubSubFamily = NATS.test(text) ? "nats" : REDIS.test(text) ? "redis" : undefined;
  for (const { hit, fn, args } of source.tree.matches(CALLS[source.language])) {
    if (!hit || !mayBeMessaging(fn)) continue;
    const call = callOf(source, hit, fn, args);
    if (NEST.test(call.method) && hit.parent?.type === "decorator") {
      const family = call.method === "OnEvent" ? "emitter" : "bus";
      const channels = call.option("routingKey", "name") ?? call.positional[0];
      yield { role: "consume", family, node: hit, channels: call.items(channels) };
      continue;
    }
    const use = kafka(call) ?? amqp(call) ?? pubSub(call, pubSubFamily) ?? emitter(call, sockets);
    if (use) yield { ...use, node: hit };
  }
  for (const { hit, name, args } of source.tree.matches(
    "(new_expression constructor: (_) @name arguments: (arguments) @args) @hit",
  )) {
    const use = hit && name ? aws(source, name.text.slice(-60), argumentsOf(args)[0]) : undefined;
    if (hit && use) yield { ...use, node: hit };
  }
}

function kafka({ method, receiver, positional, option, items }: Call): Found | undefined {
  const produces = /^(send|sendBatch|produce)$/.test(method);
  const topic = produces || method === "subscribe" ? option("topic") : undefined;
  if (produces && topic && option("messages")) return { role: "publish", family: "kafka", channels: [topic] };
  if (method === "sendBatch") {
    const batches = items(option("topicMessages"));
    const topics = batches
      .flatMap((one) => argumentsOf(one))
      .filter((pair) => pair.childForFieldName("key")?.text === "topic");
    return batches.length > 0
      ? {
          role: "publish",
          family: "kafka",
          channels: topics.flatMap((pair) => present(pair.childForFieldName("value") ?? undefined)),
        }
      : undefined;
  }
  if (method === "produce" && /produc/i.test(receiver))
    return { role: "publish", family: "kafka", channels: positional.slice(0, 1) };
  if (method !== "subscribe")
    return /^createTopics$/.test(method) ? { role: "declare", family: "kafka", channels: [] } : undefined;
  const topics = topic ?? option("topics");
  if (topics) return { role: "consume", family: "kafka", channels: items(topics) };
  return /consum/i.test(receiver) ? { role: "consume", family: "kafka", channels: items(positional[0]) } : undefined;
}

function amqp({ method, receiver, positional, option }: Call): Found | undefined {
  const [first, second, third] = positional;
  switch (method) {
    case "sendToQueue":
      return { role: "publish", family: "amqp", channels: present(first) };
    case "publish":
      return third && /chan|^ch$|amqp|rabbit/i.test(lastName(receiver))
        ? { role: "publish", family: "amqp", channels: present(second), ...(first && { exchange: first }) }
        : undefined;
    case "bindQueue":
    case "bindExchange":
      return {
        role: "consume",
        family: "amqp",
        channels: present(third),
        ...(second && { exchange: second }),
        ...(first && { queue: first }),
      };
    case "consume":
      return /chan|^ch$|queue|amqp|rabbit/i.test(lastName(receiver))
        ? { role: "consume", family: "amqp", channels: present(first) }
        : undefined;
    case "assertQueue":
    case "assertExchange":
    case "checkQueue":
    case "deleteQueue":
    case "purgeQueue":
      return {
        role: "declare",
        family: "amqp",
        channels: present(first, option("deadLetterRoutingKey", "x-dead-letter-routing-key")),
      };
  }
  return undefined;
}

function pubSub({ method, receiver, positional }: Call, family: Family | undefined): Found | undefined {
  if (!family || receiver === "") return undefined;
  const [first] = positional;
  if (/^(publish|spublish|xadd|xAdd)$/.test(method) || (family === "nats" && method === "request"))
    return first ? { role: "publish", family, channels: [first] } : undefined;
  if (/^(p?s?subscribe|pSubscribe|sSubscribe)$/.test(method)) {
    const channels =
      family === "nats" ? positional.slice(0, 1) : positional.filter(({ type }) => !/function|arrow/.test(type));
    return { role: "consume", family, channels };
  }
  return undefined;
}

/** Only who knows the variable's type can tell an emitter from a socket: the receiver is kept. */
function emitter({ method, receiver, positional }: Call, sockets: boolean): Found | undefined {
  const name = lastName(receiver);
  const [first, second] = positional;
  if (sockets && /^(client|server|io|ws|connection|conn)$/i.test(name)) return undefined;
  if (name === "" || name === "this" || !first || BROWSER.test(name)) return undefined;
  if (/^emit(Async)?$/.test(method)) return { role: "publish", family: "emitter", channels: [first], receiver: name };
  const listens = /^(on|once|addListener|prependListener|many)$/.test(method) && second !== undefined;
  return listens ? { role: "consume", family: "emitter", channels: [first], receiver: name } : undefined;
}

function aws(source: Source, name: string, options: SyntaxNode | undefined): Found | undefined {
  const role = /^(SendMessage(Batch)?|Publish(Batch)?)Command$/.test(name)
    ? "publish"
    : name === "ReceiveMessageCommand"
      ? "consume"
      : undefined;
  if (!role) return undefined;
  const channel = entriesOf(source.tree, source.language, options).find(({ key }) =>
    /^(QueueUrl|TopicArn|TargetArn)$/.test(key),
  );
  return { role, family: "aws", channels: present(channel?.value) };
}
