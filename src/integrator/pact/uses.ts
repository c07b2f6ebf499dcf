import { meets, normalRoute } from "../../source/contract-documents.ts";
import { endpointOf, type Operation } from "../operation.ts";
import type { UsedOperation } from "./interaction.ts";

/** A request that a consumer's code sends, as an index of the code tells it (see ServiceInterface.http_calls). */
export interface ClientCall {
  consumer: string;
  /** Upper case; "" when it is not known. */
  method: string;
  path: string;
  /** null when nothing tells whom it is for. */
  target: string | null;
  file: string;
  line: number;
}

/** What one consumer uses of one provider. */
export interface Use {
  consumer: string;
  provider: string;
  operations: UsedOperation[];
}

/** A call of an operation that the provider's contract does not have. */
export interface StrayCall {
  consumer: string;
  provider: string;
  endpoint: string;
  where: string;
  /** The operations the contract has instead, nearest first; at most three. */
  instead: string[];
}

/** Who calls which operations of whom: by the code of the consumers, and by `x-calls` in their own contracts. */
export function usesIn(
  operations: readonly Operation[],
  calls: readonly ClientCall[],
): { uses: Use[]; strays: StrayCall[] } {
  const found = new Map<string, Map<Operation, Set<string>>>();
  const strays: StrayCall[] = [];
  const add = (consumer: string, operation: Operation, because: string) => {
    const key = JSON.stringify([consumer, operation.service]);
    const known = found.get(key) ?? new Map<Operation, Set<string>>();
    found.set(key, known.set(operation, (known.get(operation) ?? new Set()).add(because)));
  };
  const of = (service: string) => operations.filter((operation) => operation.service === service);
  for (const caller of operations)
    for (const { service, operation_id } of caller.calls) {
      if (service === caller.service) continue;
      const called = of(service).find(({ id }) => id === operation_id);
      const because = `${endpointOf(caller)} of ${caller.service} calls it (x-calls)`;
      if (called !== undefined) add(caller.service, called, because);
    }
  for (const call of calls) {
    const where = `${call.file}:${call.line}`;
    const called = operationOf(call, operations);
    if (called !== undefined) add(call.consumer, called, `called in ${where}`);
    else if (call.target !== null && call.target !== call.consumer && isKnown(call) && of(call.target).length > 0)
      strays.push({
        consumer: call.consumer,
        provider: call.target,
        endpoint: `${call.method} ${call.path}`,
        where,
        instead: of(call.target)
          .filter(({ path }) => meets(path, call.path))
          .map(endpointOf)
          .slice(0, 3),
      });
  }
  const uses = [...found].map(([key, used]): Use => {
    const [consumer = "", provider = ""] = JSON.parse(key) as string[];
    const list = [...used].map(([operation, because]) => ({ operation, because: [...because].sort() }));
    return { consumer, provider, operations: list.sort((a, b) => compare(order(a), order(b))) };
  });
  return { uses: uses.sort((a, b) => compare(order2(a), order2(b))), strays };
}

/** Whether enough of a call is known to say that there is no such operation. */
function isKnown({ method, path }: ClientCall): boolean {
  return method !== "" && /\/[\w-]/.test(path) && !normalRoute(path).startsWith("/{}");
}

function operationOf(call: ClientCall, operations: readonly Operation[]): Operation | undefined {
  if (!/\/[\w-]/.test(call.path)) return undefined;
  const others = operations.filter(
    ({ service, method, path }) =>
      service !== call.consumer &&
      (call.target === null || service === call.target) &&
      (call.method === "" || method === call.method) &&
      meets(path, call.path),
  );
  const exact = others.filter(({ path }) => normalRoute(path) === normalRoute(call.path));
  const candidates = exact.length > 0 ? exact : others;
  // Whom a bare path is for is told by the one service that offers it; what is called, by the method.
  if (call.target === null && new Set(candidates.map(({ service }) => service)).size > 1) return undefined;
  return call.method === "" && candidates.length > 1 ? undefined : candidates[0];
}

function order({ operation }: UsedOperation): string {
  return `${operation.path} ${operation.method}`;
}

function order2({ consumer, provider }: Use): string {
  return `${consumer} ${provider}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
