import { argumentsOf, CALLS } from "../ast.ts";
import { entriesOf } from "../bindings.ts";
import type { SyntaxNode } from "../syntax.ts";
import { type Call, callOf, mayBeMessaging } from "./call.ts";
import type { Source } from "./names.ts";
import type { Use } from "./use.ts";

const REDIS = /"github\.com\/(redis|go-redis)\/|"github\.com\/gomodule\/redigo/;
const NATS = /"github\.com\/nats-io\//;
const AMQP = /"github\.com\/(streadway\/amqp|rabbitmq\/amqp091-go)"/;
const WATERMILL = /"github\.com\/ThreeDotsLabs\/watermill/;

type Found = Omit<Use, "node">;
interface Libraries {
  redis: boolean;
  nats: boolean;
  amqp: boolean;
  watermill: boolean;
}
const present = (...nodes: (SyntaxNode | undefined)[]) => nodes.filter((node) => node !== undefined);

/** What Go publishes and consumes: sarama, kafka-go, confluent-kafka-go, amqp, go-redis, nats.go, watermill, AWS SDK. */
export function* goUses(source: Source, text: string): Generator<Use> {
  const libraries = {
    redis: REDIS.test(text),
    nats: NATS.test(text),
    amqp: AMQP.test(text),
    watermill: WATERMILL.test(text),
  };
  for (const { hit, fn, args } of source.tree.matches(CALLS.go)) {
    if (!hit || !mayBeMessaging(fn)) continue;
    const call = callOf(source, hit, fn, args);
    const use = amqp(source, call, libraries) ?? subscribe(call, libraries) ?? publish(call, libraries);
    if (use) yield { ...use, node: hit };
  }
  for (const { hit, type } of source.tree.matches("(composite_literal type: (_) @type) @hit")) {
    const use = hit && type ? literal(source, type.text.slice(-60), hit) : undefined;
    if (hit && use) yield { ...use, node: hit };
  }
}

function amqp(source: Source, { method, positional }: Call, { amqp: imported }: Libraries): Found | undefined {
  if (!imported) return undefined;
  const [first, second, third] = positional;
  if (method === "Publish" && positional.length >= 5)
    return {
      role: "publish",
      family: "amqp",
      channels: present(second).map((key) => queueName(source, key)),
      ...(first && { exchange: first }),
    };
  if (/^Publish(WithContext|WithDeferredConfirm\w*)$/.test(method))
    return {
      role: "publish",
      family: "amqp",
      channels: present(third).map((key) => queueName(source, key)),
      ...(second && { exchange: second }),
    };
  if (method === "QueueBind")
    return {
      role: "consume",
      family: "amqp",
      channels: present(second),
      ...(third && { exchange: third }),
      ...(first && { queue: queueName(source, first) }),
    };
  if (method === "Consume" || method === "ConsumeWithContext")
    return {
      role: "consume",
      family: "amqp",
      channels: present(method === "Consume" ? first : second).map((queue) => queueName(source, queue)),
    };
  return /^(Queue|Exchange)Declare(Passive)?$/.test(method)
    ? { role: "declare", family: "amqp", channels: [] }
    : undefined;
}

/** `q.Name` is the first argument of the QueueDeclare that gave q. */
function queueName(source: Source, node: SyntaxNode): SyntaxNode {
  if (node.type !== "selector_expression" || node.childForFieldName("field")?.text !== "Name") return node;
  const variable = node.childForFieldName("operand")?.text;
  for (const { name, args } of source.tree.matches(
    '(short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list (call_expression function: (selector_expression field: (_) @method) arguments: (argument_list) @args)) (#eq? @method "QueueDeclare"))',
  ))
    if (name?.text === variable) return argumentsOf(args)[0] ?? node;
  return node;
}

function subscribe(
  { method, receiver, positional, items }: Call,
  { redis, nats, watermill }: Libraries,
): Found | undefined {
  const [first, second, third] = positional;
  if (method === "Consume" && /group|consumer/i.test(receiver) && positional.length === 3)
    return { role: "consume", family: "kafka", channels: items(second) };
  if (method === "ConsumePartition") return { role: "consume", family: "kafka", channels: present(first) };
  if (method === "SubscribeTopics") return { role: "consume", family: "kafka", channels: items(first) };
  if (/^(AddHandler|AddNoPublisherHandler|AddConsumerHandler)$/.test(method) && watermill)
    return { role: "consume", family: "bus", channels: present(second) };
  if (nats && /^(Queue|Chan|ChanQueue|Pull)?Subscribe(Sync|SyncWithChan)?$/.test(method))
    return { role: "consume", family: "nats", channels: present(first) };
  if (redis && /^P?S?Subscribe$/.test(method))
    return { role: "consume", family: "redis", channels: positional.slice(1) };
  if (method === "Subscribe" && watermill) return { role: "consume", family: "bus", channels: present(second) };
  if (method === "Subscribe" && /consumer|^c$/i.test(receiver))
    return { role: "consume", family: "kafka", channels: present(third ? first : (first ?? second)) };
  return undefined;
}

function publish({ method, positional }: Call, { redis, nats, watermill }: Libraries): Found | undefined {
  const [first, second] = positional;
  if (nats && /^(Publish(Request|Async)?|Request(WithContext)?)$/.test(method))
    return {
      role: "publish",
      family: "nats",
      channels: present(/identifier/.test(first?.type ?? "") && first?.text === "ctx" ? second : first),
    };
  if (redis && /^S?Publish$/.test(method)) return { role: "publish", family: "redis", channels: present(second) };
  return watermill && method === "Publish" ? { role: "publish", family: "bus", channels: present(first) } : undefined;
}

function literal(source: Source, type: string, node: SyntaxNode): Found | undefined {
  const field = (...names: string[]) =>
    entriesOf(source.tree, source.language, node).find(({ key }) => names.includes(key))?.value;
  if (/(^|\.)ProducerMessage$|^kafka\.(Writer|WriterConfig|Message|TopicPartition)$/.test(type)) {
    const topic = field("Topic");
    return topic ? { role: "publish", family: "kafka", channels: [topic] } : undefined;
  }
  if (/^kafka\.ReaderConfig$/.test(type)) {
    const topics = field("GroupTopics");
    const listed = topics
      ? argumentsOf(topics.childForFieldName("body")).map((item) => item.namedChild(0) ?? item)
      : [];
    return { role: "consume", family: "kafka", channels: [...listed, ...present(field("Topic"))] };
  }
  if (/^(sqs\.(SendMessage\w*Input)|sns\.PublishInput)$/.test(type))
    return { role: "publish", family: "aws", channels: present(field("QueueUrl", "TopicArn")) };
  return type === "sqs.ReceiveMessageInput"
    ? { role: "consume", family: "aws", channels: present(field("QueueUrl")) }
    : undefined;
}
