import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { PlanningBudget } from "../architect/port.ts";
import { AppError } from "../lib/errors.ts";
import { writeFileAtomic, writeJson } from "../lib/fs.ts";
import { endpointCount } from "../model/operations.ts";
import { DIAGRAM_FILE, Plan, planFiles } from "../model/plan.ts";
import { serviceMapDiagram } from "../model/service-map-diagram.ts";
import { defineTool } from "./define-tool.ts";
import { configFromInput, prdFromInput } from "./pipeline-fields.ts";

const Planned = z.object({
  project_name: z.string(),
  services: z.array(
    z.object({
      name: z.string(),
      entities: z.array(z.string()),
      endpoints: z.number().int(),
      events_published: z.array(z.string()),
      events_subscribed: z.array(z.string()),
      depends_on: z.array(z.string()),
    }),
  ),
  questions: Plan.shape.questions,
  /** Files written, relative to `output`. */
  files: z.array(z.string()),
  output: z.string().nullable(),
  planned_by: z.string(),
  /** USD. */
  cost: z.number(),
  next_step: z.string(),
});

export const planArchitecture = defineTool({
  name: "plan_architecture",
  title: "Plan without building",
  toolset: "architect",
  description:
    "Show what a PRD would become: services, endpoints, events, open questions. With output, write the plan there. Starts no pipeline.",
  input: z.object({
    prd_path: z.string().optional().describe("Markdown file; relative to the project folder."),
    prd: z.string().optional().describe("Text; the PRD itself, instead of prd_path."),
    output: z.string().optional().describe("Folder; the plan is written there, nothing when left out."),
    services: z.array(z.string()).default([]).describe("Services; show and write only their part, all when left out."),
    config: z.string().optional().describe("Configuration file; .super-orchestrator/config.yaml when left out."),
    budget_limit: z.number().positive().optional().describe("USD; for a planner that costs money."),
  }),
  output: Planned,
  paths: ["prd_path", "output", "config"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["config"],
  cli: { command: "plan-architecture", arguments: ["prd_path"] },
  run: async (input, { ctx, signal }) => {
    const prd = prdFromInput(ctx.workspace, input);
    const config = configFromInput(ctx.workspace, input);
    const architect = await ctx.architectFor(config);
    const spending = budgetIn(config.budget_limit);
    const limit = AbortSignal.any([signal, timeLimit(config.architect.timeout)]);
    const whole = await architect.plan({ prd, feedback: [], signal: limit, budget: spending.budget });
    const plan = partOf(whole, input.services);
    const output = input.output === undefined ? null : resolve(ctx.workspace, input.output);
    return {
      project_name: plan.service_map.project_name,
      services: plan.service_map.services.map((service) => ({
        name: service.name,
        entities: service.owns_entities,
        endpoints: endpointCount(plan.contracts, service.name),
        events_published: service.events_published,
        events_subscribed: service.events_subscribed,
        depends_on: service.depends_on,
      })),
      questions: plan.questions,
      files: output === null ? [] : writePlan(plan, output),
      output,
      planned_by: architect.name,
      cost: spending.spent(),
      next_step:
        output === null
          ? "Build it with run_pipeline."
          : `Read ${join(output, "service-map.json")}; build it with run_pipeline.`,
    };
  },
  text: (planned) =>
    [
      `${planned.project_name}: ${planned.services.length} services, planned by ${planned.planned_by}${planned.cost > 0 ? ` for $${planned.cost.toFixed(2)}` : ""}`,
      ...planned.services.map(
        (service) =>
          `  ${service.name}: ${service.entities.join(", ") || "no entities"}; ${service.endpoints} endpoints` +
          (service.events_published.length > 0 ? `; publishes ${service.events_published.join(", ")}` : "") +
          (service.events_subscribed.length > 0 ? `; consumes ${service.events_subscribed.join(", ")}` : ""),
      ),
      ...(planned.questions.length > 0 ? [`${planned.questions.length} open questions:`] : []),
      ...planned.questions.map(
        ({ about, question, line }) => `  ${line === null ? "" : `line ${line}, `}${about}: ${question}`,
      ),
      ...(planned.output === null ? [] : [`Wrote ${planned.files.length} files to ${planned.output}.`]),
      `Next: ${planned.next_step}`,
    ].join("\n"),
});

/** The plan as far as it is about some services. Errors: NOT_FOUND for a name that is no service. */
function partOf(plan: Plan, names: string[]): Plan {
  if (names.length === 0) return plan;
  const known = plan.service_map.services.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new AppError("NOT_FOUND", `The plan has no service ${unknown}.`, { remedy: `It has ${known.join(", ")}.` });
  const { service_map, domain_model, contracts, questions } = plan;
  return {
    service_map: { ...service_map, services: service_map.services.filter(({ name }) => names.includes(name)) },
    domain_model: {
      ...domain_model,
      entities: domain_model.entities.filter((one) => names.includes(one.owning_service)),
    },
    contracts: contracts.filter(({ service_name }) => names.includes(service_name)),
    questions,
  };
}

function writePlan(plan: Plan, output: string): string[] {
  mkdirSync(output, { recursive: true });
  const files = planFiles(plan);
  for (const [file, value] of Object.entries(files)) writeJson(join(output, file), value);
  writeFileAtomic(join(output, DIAGRAM_FILE), serviceMapDiagram(plan.service_map));
  return [...Object.keys(files), DIAGRAM_FILE];
}

/** A budget for one call, kept nowhere. */
function budgetIn(limit: number | null): { budget: PlanningBudget | undefined; spent: () => number } {
  const runs: number[] = [];
  const spent = () => runs.reduce((sum, usd) => sum + usd, 0);
  if (limit === null) return { budget: undefined, spent };
  const reserve = (most: number) => {
    const index = runs.push(most) - 1;
    return (usd: number | null) => {
      runs[index] = usd ?? most;
    };
  };
  return { budget: { left: () => limit - spent(), reserve }, spent };
}

/** No driver watches the time here. */
function timeLimit(seconds: number): AbortSignal {
  const controller = new AbortController();
  const error = new AppError("PHASE_TIMEOUT", `Planning took longer than its limit of ${seconds} s.`, {
    remedy: "Set a higher architect.timeout in the configuration.",
  });
  setTimeout(() => controller.abort(error), seconds * 1000).unref();
  return controller.signal;
}
