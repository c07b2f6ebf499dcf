import type { BuildTask } from "../port.ts";
import type { ServicePlan } from "./plan.ts";
import { planService } from "./plan-service.ts";
import { renderCases } from "./render-cases.ts";
import { json, renderDockerfile, renderPackage, renderReadme } from "./render-files.ts";
import { renderFrontendRoutes, renderIndexPage, STYLE } from "./render-frontend.ts";
import { renderRoutes } from "./render-routes.ts";
import { filesNeeded, templateFile } from "./template.ts";

type Sources = Pick<BuildTask, "service" | "contracts" | "consumed" | "domain_model">;

/** Every file of a service as path → text; the same sources give the same bytes. `problems`: what is not in them. */
export function generateService(sources: Sources): { files: Record<string, string>; problems: string[] } {
  const plan = planService(sources);
  const isApi = sources.contracts.some(({ type }) => type === "openapi");
  const files = isApi ? apiFiles(sources, plan) : pageFiles(sources, plan);
  const problems = [...plan.problems];
  if (!isApi && !sources.service.is_frontend) problems.push("There is no OpenAPI contract, so it has no operations.");
  return { files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))), problems };
}

function apiFiles(sources: Sources, plan: ServicePlan): Record<string, string> {
  const { service, contracts } = sources;
  const events = contracts.find(({ type }) => type === "asyncapi");
  const apis = sources.consumed.filter(({ type }) => type === "openapi");
  const called = new Set(plan.operations.flatMap(({ calls }) => calls.map((call) => call.service)));
  const peers = apis.filter(({ service_name }) => called.has(service_name));
  const usesEvents = plan.subscriptions.length > 0 || plan.operations.some(({ publishes }) => publishes.length > 0);
  const tests = ["test/service.test.js", ...(usesEvents && events ? ["test/events.test.js"] : [])];
  const written: Record<string, string> = {
    "contracts/openapi.json": json(contracts.find(({ type }) => type === "openapi")?.spec),
    ...(events ? { "contracts/asyncapi.json": json(events.spec) } : {}),
    ...Object.fromEntries(
      peers.map((peer) => [`contracts/consumed/${peer.service_name}.openapi.json`, json(peer.spec)]),
    ),
    "src/routes.js": renderRoutes(plan, service, events !== undefined),
    "test/cases.js": renderCases(
      plan,
      service,
      peers.map((peer) => peer.service_name),
    ),
    "package.json": renderPackage(service, tests),
    Dockerfile: renderDockerfile(service, ["contracts", "src"]),
    ".dockerignore": templateFile(".dockerignore"),
    "README.md": renderReadme(service, plan, []),
  };
  return { ...written, ...filesNeeded(["src/server.js", ...tests], written) };
}

function pageFiles(sources: Sources, plan: ServicePlan): Record<string, string> {
  const { service, consumed } = sources;
  const apis = consumed.filter(({ type }) => type === "openapi");
  const tests = ["test/frontend.test.js"];
  const written: Record<string, string> = {
    "public/index.html": renderIndexPage(service, apis),
    "public/style.css": STYLE,
    "src/routes.js": renderFrontendRoutes(service),
    "test/cases.js": renderCases({ ...plan, operations: [], subscriptions: [], entities: [] }, service, []),
    "package.json": renderPackage(service, tests),
    Dockerfile: renderDockerfile(service, ["public", "src"]),
    ".dockerignore": templateFile(".dockerignore"),
    "README.md": renderReadme(service, { ...plan, subscriptions: [] }, apis),
  };
  return { ...written, ...filesNeeded(["src/server.js", ...tests], written) };
}
