import { type ContractDocument, isRecord } from "../contract-documents.ts";

/** What an AsyncAPI document says a service does with a channel. */
export interface ContractChannel {
  /** "either": version 2 is written from the view of the others as often as not. */
  role: "publish" | "consume" | "either";
  /** The channel's address and its messages' names: events go by either. */
  names: string[];
}

/** The channels of an AsyncAPI document, version 2 or 3; empty for any other document. */
export function channelsOf({ spec }: Pick<ContractDocument, "spec">): ContractChannel[] {
  const channels = isRecord(spec.channels) ? spec.channels : {};
  if (typeof spec.asyncapi !== "string") return [];
  if (spec.asyncapi.startsWith("2"))
    return Object.entries(channels).map(([address, item]) => ({
      role: "either",
      names: [address, ...messageNames(item)],
    }));
  return Object.values(isRecord(spec.operations) ? spec.operations : {}).flatMap((operation): ContractChannel[] => {
    if (!isRecord(operation) || (operation.action !== "send" && operation.action !== "receive")) return [];
    const pointer = isRecord(operation.channel) ? operation.channel.$ref : undefined;
    const key = typeof pointer === "string" ? pointer.replace(/^#\/channels\//, "") : undefined;
    const channel = key !== undefined && Object.hasOwn(channels, key) ? channels[key] : operation.channel;
    const address = isRecord(channel) && typeof channel.address === "string" ? channel.address : key;
    const names = [address, ...messageNames(channel), ...namesOfMessages(spec, channel)];
    return [
      {
        role: operation.action === "send" ? "publish" : "consume",
        names: [...new Set(names.filter((name) => name !== undefined))],
      },
    ];
  });
}

function messageNames(item: unknown): string[] {
  if (!isRecord(item)) return [];
  return [item.publish, item.subscribe].flatMap((operation) => {
    const message = isRecord(operation) ? operation.message : undefined;
    return isRecord(message) && typeof message.name === "string" ? [message.name] : [];
  });
}

function namesOfMessages(spec: Record<string, unknown>, channel: unknown): string[] {
  const messages = isRecord(channel) && isRecord(channel.messages) ? channel.messages : {};
  const components = isRecord(spec.components) && isRecord(spec.components.messages) ? spec.components.messages : {};
  return Object.values(messages).flatMap((message) => {
    const pointer = isRecord(message) && typeof message.$ref === "string" ? message.$ref.split("/").at(-1) : undefined;
    const target = pointer !== undefined && Object.hasOwn(components, pointer) ? components[pointer] : message;
    return isRecord(target) && typeof target.name === "string" ? [target.name] : [];
  });
}
