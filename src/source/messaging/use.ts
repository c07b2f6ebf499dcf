import type { SyntaxNode } from "../syntax.ts";

/** Who carries the message. "emitter" stays in the process; "bus" is whatever a class of the project wraps. */
export type Family = "kafka" | "amqp" | "redis" | "nats" | "aws" | "bus" | "emitter";

/** A call, decorator or literal that publishes to channels or consumes from them. */
export interface Use {
  role: "publish" | "consume" | "declare";
  family: Family;
  node: SyntaxNode;
  /** Expressions that name the channel; none when it is not known. */
  channels: readonly SyntaxNode[];
  /** AMQP: the exchange that a message goes through or a queue is bound to. */
  exchange?: SyntaxNode;
  /** AMQP: the queue that is bound. */
  queue?: SyntaxNode;
  /** The variable that a method is called on, where only its type tells what happens. */
  receiver?: string;
}
