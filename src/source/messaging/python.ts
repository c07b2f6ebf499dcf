import { argumentsOf, CALLS, keywordOf } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import { type Call, callOf, lastName, mayBeMessaging } from "./call.ts";
import type { Source } from "./names.ts";
import type { Use } from "./use.ts";

const KAFKA = /\b(kafka|aiokafka|confluent_kafka|faust)\b/;
const REDIS = /\b(redis|aioredis|coredis|walrus)\b/i;
const NATS = /\bnats\b/i;
const AMQP = /\b(pika|aio_pika|aioamqp|amqp|rabbit\w*)\b/i;

/** What Python code publishes and consumes: confluent-kafka, kafka-python, aiokafka, pika, aio-pika, redis, nats, boto3. */
export function* pythonUses(source: Source, text: string): Generator<Use> {
  const libraries = { kafka: KAFKA.test(text), redis: REDIS.test(text), nats: NATS.test(text), amqp: AMQP.test(text) };
  for (const { hit, fn, args } of source.tree.matches(CALLS.python)) {
    if (!hit || !mayBeMessaging(fn)) continue;
    const call = callOf(source, hit, fn, args);
    const use =
      kafka(call, libraries.kafka) ?? amqp(call, text, libraries.amqp) ?? pubSub(call, libraries) ?? aws(call);
    if (use) yield { ...use, node: hit };
  }
  for (const { hit, name, args } of source.tree.matches(
    "(decorator (call function: (attribute attribute: (_) @name) arguments: (argument_list) @args)) @hit",
  )) {
    // FastStream: @broker.subscriber("orders")
    const role = name?.text === "subscriber" ? "consume" : name?.text === "publisher" ? "publish" : undefined;
    const [first] = argumentsOf(args);
    const channel = keywordOf(args, "topic") ?? keywordOf(args, "queue") ?? first;
    if (hit && role && channel) yield { role, family: "bus", node: hit, channels: [channel] };
  }
}

type Found = Omit<Use, "node">;
const present = (...nodes: (SyntaxNode | undefined)[]) => nodes.filter((node) => node !== undefined);

function kafka({ method, receiver, positional, option, items }: Call, imported: boolean): Found | undefined {
  const producer = /produc/i.test(receiver) || (imported && /kafka/i.test(receiver));
  if (/^(produce|send|send_and_wait)$/.test(method) && producer)
    return { role: "publish", family: "kafka", channels: present(option("topic") ?? positional[0]) };
  if (/^(AIOKafkaConsumer|KafkaConsumer)$/.test(method)) {
    const channels = positional.flatMap(items);
    return channels.length > 0 ? { role: "consume", family: "kafka", channels } : undefined;
  }
  if (method === "subscribe" && (/consum/i.test(receiver) || (imported && !/pubsub|redis|nc$/i.test(receiver)))) {
    if (option("pattern")) return { role: "consume", family: "kafka", channels: [] };
    return { role: "consume", family: "kafka", channels: items(option("topics") ?? positional[0]) };
  }
  return /^(NewTopic|create_topics)$/.test(method) ? { role: "declare", family: "kafka", channels: [] } : undefined;
}

function amqp({ method, receiver, positional, option }: Call, text: string, imported: boolean): Found | undefined {
  switch (method) {
    case "basic_publish": {
      const [exchange, key] = positional;
      return publishTo(option("exchange") ?? exchange, option("routing_key") ?? key);
    }
    case "queue_bind":
    case "exchange_bind":
      return bound(
        option("exchange") ?? positional[1],
        option("routing_key") ?? positional[2],
        option("queue") ?? positional[0],
      );
    case "basic_consume":
      return { role: "consume", family: "amqp", channels: present(option("queue") ?? positional[0]) };
    case "publish": {
      const key = option("routing_key") ?? positional[1];
      if (!imported || !key || !/exchange/i.test(receiver)) return undefined;
      return { role: "publish", family: "amqp", channels: [key] };
    }
    case "bind": {
      const key = option("routing_key") ?? positional[1];
      return imported && /queue|^q$/i.test(lastName(receiver))
        ? { role: "consume", family: "amqp", channels: present(key) }
        : undefined;
    }
    case "declare_queue":
    case "queue_declare": {
      const queue = option("name", "queue") ?? positional[0];
      // aio-pika consumes from the object it declares.
      const consumes = method === "declare_queue" && /\.(consume|iterator|get)\(/.test(text);
      return { role: consumes ? "consume" : "declare", family: "amqp", channels: present(queue) };
    }
    case "exchange_declare":
    case "declare_exchange":
      return { role: "declare", family: "amqp", channels: [] };
  }
  return undefined;
}

function publishTo(exchange: SyntaxNode | undefined, key: SyntaxNode | undefined): Found {
  return { role: "publish", family: "amqp", channels: present(key), ...(exchange && { exchange }) };
}

function bound(exchange: SyntaxNode | undefined, key: SyntaxNode | undefined, queue: SyntaxNode | undefined): Found {
  return {
    role: "consume",
    family: "amqp",
    channels: present(key),
    ...(exchange && { exchange }),
    ...(queue && { queue }),
  };
}

function pubSub(
  { method, receiver, positional, option }: Call,
  libraries: { redis: boolean; nats: boolean },
): Found | undefined {
  const family = libraries.nats ? "nats" : "redis";
  if (!libraries.nats && !libraries.redis) return undefined;
  if (/^(publish|request|xadd|spublish)$/.test(method) && receiver !== "" && !/exchange/i.test(receiver))
    return { role: "publish", family, channels: present(option("channel", "subject") ?? positional[0]) };
  if (/^(p?subscribe|ssubscribe|pull_subscribe|queue_subscribe)$/.test(method))
    return { role: "consume", family, channels: libraries.nats ? positional.slice(0, 1) : positional };
  return undefined;
}

function aws({ method, option }: Call): Found | undefined {
  const channel = option("QueueUrl", "TopicArn", "TargetArn");
  if (/^(send_message|send_message_batch|publish|publish_batch)$/.test(method) && channel)
    return { role: "publish", family: "aws", channels: [channel] };
  return method === "receive_message" && channel ? { role: "consume", family: "aws", channels: [channel] } : undefined;
}
