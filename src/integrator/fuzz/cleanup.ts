import { entityKey } from "../infer.ts";
import { identifierOf, locationId, subjectOf } from "../session/answer.ts";
import type { Exchange } from "./check/found.ts";
import { succeeded } from "./check/found.ts";
import type { Client, Wire } from "./http/client.ts";
import type { FuzzOperation, FuzzSpec } from "./spec/model.ts";

export interface Cleanup {
  /** Look at an exchange: what it created is to be deleted, what it deleted is not. */
  note(exchange: Exchange): void;
  /** Delete what was created, newest first; how many were, and how many were not. */
  run(
    client: Client,
    attach: (operation: FuzzOperation, wire: Wire) => Wire,
    until: AbortSignal,
  ): Promise<{ cleaned_up: number; left_behind: number }>;
}

/** Remembers what a run creates, as far as the answers tell. */
export function createCleanup(spec: FuzzSpec): Cleanup {
  const created = new Map<string, FuzzOperation | null>();
  return {
    note(exchange) {
      if (!succeeded(exchange)) return;
      const { operation } = exchange.case.operation;
      const path = exchange.wire.target.split("?")[0] ?? "";
      if (exchange.wire.method === "DELETE") created.delete(path);
      if (exchange.wire.method !== "POST" || (operation.action !== "create" && operation.action !== "register")) return;
      const id = createdId(exchange);
      const remove = deleteFor(spec, exchange.case.operation);
      if (id === undefined) return;
      const target =
        remove === null ? `${path}/${encodeURIComponent(id)}` : targetOf(remove, exchange.case.operation, path, id);
      created.set(target, remove);
    },
    async run(client, attach, until) {
      let cleaned_up = 0;
      const entries = [...created].reverse();
      const workers = Array.from({ length: 4 }, async () => {
        for (let next = entries.shift(); next !== undefined && !until.aborted; next = entries.shift()) {
          const [target, operation] = next;
          if (operation === null) continue;
          const outcome = await client.send(attach(operation, { method: "DELETE", target, headers: {}, body: null }));
          const gone =
            outcome.kind === "answer" && (outcome.status < 300 || outcome.status === 404 || outcome.status === 410);
          if (gone) cleaned_up += 1;
        }
      });
      await Promise.all(workers);
      return { cleaned_up, left_behind: created.size - cleaned_up };
    },
  };
}

/** The id of what a creation made, from its body or its Location header; undefined when it does not tell. */
export function createdId({ case: given, json, outcome }: Exchange): string | undefined {
  if (outcome.kind !== "answer") return undefined;
  const { entity } = given.operation.operation;
  const id = identifierOf(subjectOf(json), entity ?? "") ?? locationId({ ...outcome, body: "", truncated: false });
  return id === undefined ? undefined : String(id);
}

/** The operation that deletes what `create` makes. */
function deleteFor({ operations }: FuzzSpec, { operation: create }: FuzzOperation): FuzzOperation | null {
  const deletes = operations.filter(({ operation }) => operation.action === "delete");
  const below = deletes.find(({ operation }) => operation.path.replace(/\/\{[^}]*\}$/, "") === create.path);
  const same = deletes.find(({ operation }) => create.entity !== null && operation.entity === entityKey(create.entity));
  return below ?? same ?? null;
}

/** The path of a delete operation: parents as in the creation's path, the id last. */
function targetOf(
  { operation }: FuzzOperation,
  { operation: create }: FuzzOperation,
  path: string,
  id: string,
): string {
  const values = path.split("/");
  const names = create.path.split("/");
  const segments = operation.path.split("/");
  const last = segments.findLastIndex((segment) => segment.startsWith("{"));
  return segments
    .map((segment, index) => {
      if (!segment.startsWith("{")) return segment;
      if (index === last) return encodeURIComponent(id);
      return values[names.indexOf(segment)] ?? segment;
    })
    .join("/");
}
