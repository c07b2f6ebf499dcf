import type { ContractDraft } from "../../model/contract.ts";

/**
 * What an AsyncAPI document (2.6 or 3) calls its channels and messages: keys, addresses, names and titles, without case
 * and punctuation, so that `order.paid` and `OrderPaid` are one.
 */
export function messageNames({ spec }: Pick<ContractDraft, "spec">): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: unknown) => {
    if (typeof name === "string") names.add(plainName(name));
  };
  const addMessages = (messages: unknown) => {
    for (const [key, message] of Object.entries(Object(messages))) {
      add(key);
      add(Object(message).name);
      add(Object(message).title);
    }
  };
  addMessages(Object(spec.components).messages);
  for (const [key, channel] of Object.entries(Object(spec.channels))) {
    add(key);
    add(Object(channel).address);
    addMessages(Object(channel).messages);
    for (const operation of ["publish", "subscribe"])
      addMessages({ [operation]: Object(Object(channel)[operation]).message });
  }
  return names;
}

/** Letters and digits only, in lower case. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
