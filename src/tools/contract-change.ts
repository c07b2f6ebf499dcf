import { z } from "zod";
import type { AssessedChange } from "../contracts/port.ts";
import { ChangeRequest } from "../model/contract.ts";

const MAX_CHANGES = 20;

/** A change request as answers show it: short, because a model reads it. */
export const RequestView = ChangeRequest.pick({
  contract_id: true,
  service_name: true,
  type: true,
  from_version: true,
  version: true,
  status: true,
  reason: true,
  build_cycle_id: true,
}).extend({ request_id: z.string() });
export type RequestView = z.infer<typeof RequestView>;

/** What a change request breaks and whom it concerns. */
export const effectFields = {
  breaking: z.boolean(),
  changes: z.array(z.string()).describe("What breaks first; at most 20."),
  total_changes: z.number().int(),
  reopens: z.array(z.string()).describe("Services that accepting has built again."),
  affected: z.array(z.string()).describe("Provider and consumers, with what they use."),
};
const Effect = z.object(effectFields);
export type Effect = z.infer<typeof Effect>;

export function requestView({ id, ...request }: ChangeRequest): RequestView {
  return RequestView.parse({ ...request, request_id: id });
}

export function effectOf({ changes, affected }: AssessedChange): Effect {
  const shown = changes.toSorted((a, b) => Number(b.breaking) - Number(a.breaking)).slice(0, MAX_CHANGES);
  return {
    breaking: changes.some(({ breaking }) => breaking),
    changes: shown.map(
      ({ breaking, severity, id, method, path, message }) =>
        `${breaking ? "breaking" : severity} ${id} ${[method, path].filter(Boolean).join(" ")}: ${message}`,
    ),
    total_changes: changes.length,
    reopens: affected.filter(({ reopens }) => reopens).map(({ service }) => service),
    affected: affected.map(
      ({ service, role, reopens, because, clauses, coarse }) =>
        `${role} ${service}: ${reopens ? "is built again" : "stays"}; ${because}${clauses.length > 0 && !coarse ? ` (${clauses.slice(0, 5).join(", ")})` : ""}`,
    ),
  };
}

export function requestText({
  request_id,
  status,
  service_name,
  type,
  from_version,
  version,
  reason,
}: RequestView): string {
  return `${request_id}  ${status}  ${service_name} ${type} ${from_version} -> ${version}${reason && `: ${reason}`}`;
}

export function effectText({ changes, total_changes, affected }: Effect): string[] {
  return [
    ...changes.map((one) => `  ${one}`),
    ...(total_changes > changes.length ? [`  … and ${total_changes - changes.length} more`] : []),
    ...affected.map((one) => `  ${one}`),
  ];
}
