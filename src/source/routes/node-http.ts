import { placeOf } from "../ast.ts";
import type { RouteFacts } from "./model.ts";
import { looksAtCallers, type Reading } from "./reading.ts";

/** `if (req.method === "POST" && req.url === "/orders")` in a plain server. */
export function plainRoutes(reading: Reading, facts: RouteFacts): void {
  if (facts.routes.length > 0 || !/\bcreateServer\b/.test(reading.file.text)) return;
  if (looksAtCallers(reading, reading.tree.root)) return;
  for (const { condition } of reading.tree.matches("(if_statement condition: (_) @condition)")) {
    const text = condition ? reading.code(condition).slice(0, 500) : "";
    const method = /\bmethod\s*===?\s*["'](GET|POST|PUT|PATCH|DELETE)["']/.exec(text)?.[1];
    const path =
      /\b(?:url|pathname|path)\s*===?\s*["']([^"']+)["']|\b(?:url|pathname|path)\.startsWith\(["']([^"']+)["']/.exec(
        text,
      );
    if (condition && method && path)
      facts.routes.push({
        method,
        path: path[1] ?? path[2] ?? "",
        router: "",
        guards: [],
        at: condition.startIndex,
        ...placeOf(condition),
      });
  }
}
