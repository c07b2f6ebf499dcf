import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { ServiceHealth } from "../model/health-report.ts";
import { routePrefix, ServiceMap } from "../model/service-map.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import { contractFor } from "./fuzz-fields.ts";
import { pipelineField, testParts } from "./pipeline-test.ts";

export const checkHealthTool = defineTool({
  name: "check_health",
  title: "Check health",
  toolset: "integration",
  description: "Health of a running system's services: status, latency, version, what failed and what to do.",
  input: z.object({
    services: z.array(z.string()).default([]).describe("`name=URL` or URL; /health where it has no path."),
    ...pipelineField,
    service_map: z.string().optional().describe("File; service-map.json, each service in it."),
    url: z.string().optional().describe("Gateway; of those in the map, else each is asked on its own port."),
    timeout: z.number().positive().max(300).default(5).describe("Seconds for one answer."),
  }),
  output: z.object({
    services: z.array(ServiceHealth),
    healthy: z.number().int(),
    total: z.number().int(),
    next_step: z.string(),
  }),
  paths: ["service_map"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["timeout"],
  cli: { command: "health", arguments: ["services"] },
  run: async (input, call) => {
    if (input.pipeline_id !== undefined) return ofPipeline(input.pipeline_id, input, call);
    const targets = [...input.services.map(targetOf), ...(await targetsOfMap(input, call))];
    if (targets.length === 0)
      throw new AppError("INVALID_INPUT", "No service was named.", {
        remedy: "Give URLs of services, or a service map.",
      });
    const { checkHealth } = await import("../integrator/health-check.ts");
    const services = await checkHealth(targets, { timeout_ms: input.timeout * 1000, signal: call.signal });
    return answerOf(services);
  },
  text: ({ services, healthy, total, next_step }) => {
    const width = Math.max(...services.map(({ service }) => service.length));
    return [
      ...services.map(({ service, status, latency_ms, version, problem }) =>
        [service.padEnd(width), status.padEnd(11), `${latency_ms} ms`.padStart(10), version, problem]
          .join("  ")
          .trimEnd(),
      ),
      `${healthy} of ${total} healthy`,
      `Next: ${next_step}`,
    ].join("\n");
  },
  exitCode: ({ services }) =>
    services.some(({ status }) => status === "unhealthy" || status === "unreachable") ? 1 : 0,
});

function answerOf(services: ServiceHealth[]) {
  const worst =
    services.find(({ status }) => status === "unreachable") ??
    services.find(({ status }) => status === "unhealthy") ??
    services.find(({ status }) => status === "degraded");
  return {
    services,
    healthy: services.filter(({ status }) => status === "healthy").length,
    total: services.length,
    next_step: worst ? `${worst.service}: ${worst.remedy}` : "All services are healthy.",
  };
}

/** Whether what a pipeline built starts and becomes healthy. */
async function ofPipeline(
  id: string,
  { services, service_map, url }: { services: string[]; service_map?: string | undefined; url?: string | undefined },
  call: ToolCall,
) {
  const others = { services: services.length > 0 ? services : undefined, service_map, url };
  const deployed = (await testParts(id, [], others, call)).services;
  return answerOf(
    deployed.map((one): ServiceHealth => {
      const { service, url: address, healthy, error } = one;
      return {
        service,
        url: address,
        status: healthy ? "healthy" : "unhealthy",
        http_status: null,
        latency_ms: 0,
        version: "",
        problem: error,
        remedy: healthy ? "" : "Its last log lines are above; start it by hand in its folder to see more.",
      };
    }),
  );
}

/** `name=URL` or a URL, whose host then is the name. Errors: INVALID_INPUT. */
function targetOf(given: string): { service: string; url: string } {
  const [, name, address = ""] = /^(?:([A-Za-z][\w.-]*)=)?(.*)$/s.exec(given) ?? [];
  const url = httpUrl(address);
  if (url.pathname === "/" && url.search === "") url.pathname = "/health";
  return { service: name ?? url.host, url: url.href };
}

function httpUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new AppError("INVALID_INPUT", `This is no URL of a service: ${given.slice(0, 200)}`, {
      remedy: "Give it like http://localhost:8080 or orders=http://localhost:8080/health.",
    });
  return url;
}

async function targetsOfMap(
  { service_map, url }: { service_map?: string | undefined; url?: string | undefined },
  call: ToolCall,
): Promise<{ service: string; url: string }[]> {
  if (service_map === undefined) return [];
  const map = ServiceMap.pick({ services: true }).safeParse(await contractFor(service_map, call));
  if (!map.success)
    throw new AppError("INVALID_INPUT", `${resolve(call.ctx.workspace, service_map)} is no service map.`, {
      remedy: "Give the service_map.json that a plan wrote: an object with a list `services` with names and ports.",
      cause: map.error,
    });
  const gateway = url === undefined ? undefined : httpUrl(url).href.replace(/\/+$/, "");
  return map.data.services.map(({ name, port, health_endpoint }) => ({
    service: name,
    url: `${gateway === undefined ? `http://localhost:${port}` : gateway + routePrefix(name)}${health_endpoint}`,
  }));
}
