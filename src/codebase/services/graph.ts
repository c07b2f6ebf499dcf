import type { Dependencies } from "../../model/codebase.ts";
import type { Names } from "../resolve/names.ts";
import type { Snapshot } from "../resolve/snapshot.ts";
import { eventName, messagesOf } from "./events.ts";
import { aimedRequests } from "./requests.ts";
import { servedRoutes } from "./routes.ts";

export type ServiceDependency = Dependencies["service_dependencies"][number];

/** How services reach each other: requests, events, imports. Tests reach everybody and count for nothing. */
export function serviceGraph(snapshot: Snapshot, names: Names): ServiceDependency[] {
  const messages = messagesOf(snapshot);
  const routes = servedRoutes(snapshot);
  const found: ServiceDependency[] = [];
  for (const { service, target, method, path, file, line, is_test } of aimedRequests(
    snapshot,
    routes,
    messages.settings,
  ))
    if (target !== undefined && target !== service && service !== "" && !is_test)
      found.push({
        from_service: service,
        to_service: target,
        via: "http",
        detail: `${method} ${path}`.trim(),
        file_path: file,
        line,
      });
  const isTest = (path: string) => snapshot.byPath.get(path)?.is_test ?? false;
  for (const published of messages.published)
    for (const consumed of messages.consumed) {
      if (published.service === consumed.service || isTest(published.file) || isTest(consumed.file)) continue;
      if (!messages.reaches(published, consumed)) continue;
      const detail = eventName(published) || eventName(consumed);
      if (detail === "") continue;
      // Who consumes depends on who publishes.
      found.push({
        from_service: consumed.service,
        to_service: published.service,
        via: "event",
        detail,
        file_path: consumed.file,
        line: consumed.line,
      });
    }
  for (const file of snapshot.files.values())
    if (file.service !== "" && !file.is_test)
      for (const { role, module, line } of snapshot.boundOf(file.id))
        if (role === "import" || module !== "")
          for (const other of names.modules.resolve(file, module))
            if (other.service !== "" && other.service !== file.service)
              found.push({
                from_service: file.service,
                to_service: other.service,
                via: "import",
                detail: module,
                file_path: file.path,
                line,
              });
  const seen = new Set<string>();
  return found.filter(({ from_service, to_service, via, detail, file_path }) => {
    const key = [from_service, to_service, via, detail, file_path].join("\0");
    return seen.has(key) ? false : seen.add(key);
  });
}
