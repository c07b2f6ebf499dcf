import { z } from "zod";
import { ServiceMap } from "../model/service-map.ts";
import { serviceMapDiagram } from "../model/service-map-diagram.ts";
import { documentOf } from "../pipeline/documents.ts";
import { pickPlan, planFields } from "./architecture-fields.ts";
import { defineTool } from "./define-tool.ts";

export const getServiceMap = defineTool({
  name: "get_service_map",
  title: "Service map",
  toolset: "architect",
  description: "Planned services of a pipeline: stack, entities, contracts, calls, events.",
  input: z.object({
    ...planFields,
    diagram: z.boolean().default(false).describe("Diagram; add a Mermaid flowchart."),
  }),
  // A ServiceMap; spelled out it would cost every client a kilobyte.
  output: z.looseObject({ project_name: z.string(), services: z.array(z.unknown()) }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["project_name"],
  cli: { command: "service-map", arguments: ["pipeline_id"] },
  run: async (input, { ctx }) => {
    const map = documentOf(ctx.db, pickPlan(ctx.db, input), "service_map");
    return { ...map, ...(input.diagram ? { diagram: serviceMapDiagram(map) } : {}) };
  },
  text: ({ diagram, ...map }) =>
    [
      `${map.project_name}: ${map.services.length} services`,
      ...ServiceMap.parse(map).services.map(
        ({ name, stack, owns_entities, depends_on, events_published, events_subscribed }) =>
          `  ${name} (${[stack.language, stack.framework, stack.database].filter(Boolean).join(", ")})${[
            part("owns", owns_entities),
            part("calls", depends_on),
            part("publishes", events_published),
            part("consumes", events_subscribed),
          ].join("")}`,
      ),
      ...(typeof diagram === "string" ? ["", diagram] : []),
    ].join("\n"),
});

function part(what: string, values: string[]): string {
  return values.length > 0 ? `; ${what} ${values.join(", ")}` : "";
}
