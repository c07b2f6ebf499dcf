import type { CodebaseIntelligence } from "../../codebase/port.ts";
import { AppError } from "../../lib/errors.ts";
import type { ClientCall } from "./uses.ts";

/**
 * The requests that the code of services sends, as the codebase index sees them; tests left out. A service that the index
 * does not know sends none. Errors: those of the index, NOT_FOUND excepted.
 */
export async function clientCallsOf(
  codebase: CodebaseIntelligence,
  services: readonly string[],
  signal: AbortSignal,
): Promise<ClientCall[]> {
  const found: ClientCall[] = [];
  for (const consumer of services) {
    signal.throwIfAborted();
    try {
      const { http_calls } = await codebase.getServiceInterface({ service_name: consumer, signal });
      for (const { method, path, target_service, file_path, line } of http_calls)
        found.push({ consumer, method, path, target: target_service, file: file_path, line });
    } catch (cause) {
      if (!(cause instanceof AppError) || cause.code !== "NOT_FOUND") throw cause;
    }
  }
  return found;
}
