import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { ServiceInterface } from "../model/codebase.ts";
import { codebaseOf, folder, serviceFields, serviceOf } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";
import { limitField, listCutter } from "./short.ts";

export const getServiceInterface = defineTool({
  name: "get_service_interface",
  title: "Service interface",
  toolset: "codebase",
  description:
    "What a service's code offers and needs: routes, events, requests to others, environment, ports, exports.",
  input: z.object({
    ...serviceFields,
    service_name: z.string().optional().describe("Service name; its folder's."),
    path: folder,
    limit: limitField("Limit; length of each list", 500),
  }),
  output: ServiceInterface.extend({
    more: z.record(z.string(), z.number().int()).describe("Entries left out, by list."),
    next_step: z.string(),
  }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service", "limit"],
  cli: { command: "service-interface", arguments: ["service_name"] },
  run: async ({ path, limit, ...given }, call) => {
    const service_name = serviceOf(given);
    if (service_name === undefined)
      throw new AppError("INVALID_INPUT", "No service was named.", { remedy: "Give service_name." });
    const codebase = await codebaseOf(call, path);
    const found = await codebase.getServiceInterface({ service_name, signal: call.signal });
    const { cut, more } = listCutter(limit, 6);
    return {
      service_name: found.service_name,
      endpoints: cut("endpoints", found.endpoints),
      events_published: cut("events_published", found.events_published),
      events_consumed: cut("events_consumed", found.events_consumed),
      http_calls: cut("http_calls", found.http_calls),
      environment: cut("environment", found.environment),
      ports: found.ports,
      exported_symbols: cut("exported_symbols", found.exported_symbols),
      more,
      next_step:
        found.endpoints.length + found.events_published.length + found.events_consumed.length > 0
          ? "Compare it with the service's contract: get_unimplemented_contracts."
          : "No routes and no events were found: it is a library, or uses a framework that is not known here.",
    };
  },
  text: (answer) =>
    [
      answer.service_name,
      ...answer.endpoints.map((one) => `${one.method} ${one.path} ${one.handler} (${one.file_path}:${one.line})`),
      ...answer.events_published.map((one) => `publishes ${one.event} (${one.file_path}:${one.line})`),
      ...answer.events_consumed.map((one) => `consumes ${one.event} (${one.file_path}:${one.line})`),
      ...answer.http_calls.map(
        (one) =>
          `calls ${one.target_service ?? "?"} ${`${one.method} ${one.path}`.trim()} (${one.file_path}:${one.line})`,
      ),
      ...answer.environment.map(
        (one) => `reads ${one.name}${one.has_default ? "" : ", required"} (${one.file_path}:${one.line})`,
      ),
      ...(answer.ports.length > 0 ? [`listens on ${answer.ports.join(", ")}`] : []),
      ...(answer.exported_symbols.length > 0 ? [`exports ${answer.exported_symbols.join(", ")}`] : []),
      ...Object.entries(answer.more).map(([list, count]) => `${count} more in ${list}`),
    ].join("\n"),
});
