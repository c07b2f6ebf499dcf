import type { BuildNote, BuildTask } from "../builders/port.ts";
import { messageOf } from "../lib/errors.ts";
import { redactSecrets } from "../lib/redact.ts";
import type { PhaseContext } from "./phases/phase.ts";
import { noteEvent } from "./store.ts";

/**
 * What a builder tells while it works, kept as events of its pipeline: `builder_progress`, `builder_changed`,
 * `builder_stuck`, `builder_backoff`, `builder_stepped_in`; secrets are taken out.
 */
export function buildNotes(
  context: PhaseContext,
  run: { service: string; attempt: number },
): Required<Pick<BuildTask, "progress" | "changed" | "note">> {
  // It is told from timers, where an error would end the driver; that the lease is lost shows at the next write.
  const keep = (kind: string, data: Record<string, unknown>) => {
    try {
      const told = Object.entries(data).map(([name, value]) => [
        name,
        typeof value === "string" ? redactSecrets(value) : value,
      ]);
      noteEvent(context.db, context.lease, kind, { ...run, ...Object.fromEntries(told) });
    } catch (cause) {
      context.log.debug({ cause: messageOf(cause), kind }, "a builder's note was not kept");
    }
  };
  return {
    progress: (progress) => keep("builder_progress", { ...progress }),
    changed: (diff) => keep("builder_changed", { ...diff }),
    note: ({ kind, ...data }: BuildNote) => keep(`builder_${kind}`, data),
  };
}
