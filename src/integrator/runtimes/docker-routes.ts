import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../lib/errors.ts";
import { isRecord } from "../document.ts";
import { send } from "../http.ts";

/**
 * Wait until Traefik has found the route of every service, asking its API (GET /api/http/routers): its provider sees
 * containers with a lag. Errors: ENVIRONMENT with what is missing; the signal's reason when aborted.
 */
export async function waitForRoutes(
  api_url: string,
  services: readonly string[],
  options: { timeout_ms: number; signal: AbortSignal },
): Promise<void> {
  const { timeout_ms, signal } = options;
  const deadline = Date.now() + timeout_ms;
  let missing = [...services];
  let last = "";
  while (missing.length > 0) {
    signal.throwIfAborted();
    const answer = await send({
      method: "GET",
      url: `${api_url}/api/http/routers?per_page=1000`,
      timeout_ms: 3000,
      signal,
    });
    if ("status" in answer && answer.status === 200) {
      const enabled = enabledRouters(answer.body);
      missing = services.filter((name) => !enabled.has(name));
      last = `its API names ${enabled.size} routes`;
    } else last = "status" in answer ? `its API answered ${answer.status}` : answer.failure;
    if (missing.length === 0) return;
    if (Date.now() > deadline)
      throw new AppError(
        "ENVIRONMENT",
        `Traefik has no route to ${missing.join(", ")} after ${timeout_ms} ms (${last}).`,
        {
          remedy: "See its log with get_service_logs traefik, or set integration.gateway: builtin.",
        },
      );
    await sleep(200, undefined, { signal }).catch(() => {});
  }
}

/** Names of the routers that are in use, without their provider: `tasks@docker` is `tasks`. */
function enabledRouters(body: string): Set<string> {
  try {
    const routers: unknown = JSON.parse(body);
    const found = Array.isArray(routers) ? routers.filter(isRecord) : [];
    return new Set(
      found.filter(({ status }) => status === "enabled").map(({ name }) => String(name).split("@")[0] ?? ""),
    );
  } catch {
    return new Set();
  }
}
