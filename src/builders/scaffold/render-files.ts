import type { Contract } from "../../model/contract.ts";
import { type Service, urlVariable } from "../../model/service-map.ts";
import { operationsOf } from "./operations.ts";
import type { ServicePlan } from "./plan.ts";
import { comment } from "./source.ts";
import { templateFile } from "./template.ts";

/** `package.json`: it runs and is tested with Node alone. */
export function renderPackage(service: Service, tests: string[]): string {
  return json({
    name: service.name,
    version: "1.0.0",
    private: true,
    description: comment(service.description) || `The ${service.name} service.`,
    type: "module",
    engines: { node: ">=20" },
    scripts: { start: "node src/server.js", test: `node --test ${tests.join(" ")}` },
  });
}

/** A JSON file as everybody writes it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The Dockerfile with the service's own port and health path; `folders` are what the image needs. */
export function renderDockerfile(service: Service, folders: string[]): string {
  const copies = folders.map((folder) => `COPY --chown=node:node ${folder} ./${folder}`).join("\n");
  return templateFile("Dockerfile")
    .replaceAll("8080", String(service.port))
    .replace("/health`", () => `${shellSafe(service.health_endpoint)}\``)
    .replace(/(?:COPY --chown=node:node (?!package)\S+ \S+\n)+/, () => `${copies}\n`);
}

/** A path that stands unchanged inside the health check's quotes. */
function shellSafe(path: string): string {
  return /^\/[A-Za-z0-9._~/-]*$/.test(path) ? path : "/health";
}

export function renderReadme(service: Service, plan: ServicePlan, consumed: Contract[]): string {
  const operations = plan.operations.map(
    ({ method, path, id, access, publishes }) =>
      `| \`${method} ${path}\` | ${id} | ${access === "required" ? "token" : access === "optional" ? "token, optional" : "open"} | ${publishes.map(({ name }) => name).join(", ")} |`,
  );
  const heard = plan.subscriptions.map(
    ({ name, creates }) => `- \`${name}\`${creates ? `: creates a ${creates}` : ""}`,
  );
  const called = [...new Set(plan.operations.flatMap(({ calls }) => calls.map((call) => call.service)))];
  return [
    `# ${service.name}`,
    comment(service.description) || `The ${service.name} service.`,
    "It was built from the contracts in `contracts/` and runs on Node 20 or later without installing anything. It keeps its\ndocuments in memory: a restart begins with none.",
    "```sh\nnpm start\nnpm test\n```",
    ...(operations.length > 0
      ? ["## Operations", `| | operation | access | publishes |\n|---|---|---|---|\n${operations.join("\n")}`]
      : []),
    ...(heard.length > 0 ? ["## Events it listens to", heard.join("\n")] : []),
    ...(consumed.length > 0 && service.is_frontend ? ["## Interfaces it shows", apiList(consumed)] : []),
    "## Environment",
    environmentTable(service, plan, called),
  ]
    .join("\n\n")
    .concat("\n");
}

function apiList(consumed: Contract[]): string {
  return consumed
    .map(({ service_name, spec }) => `- ${service_name}: ${operationsOf(spec).length} operations`)
    .join("\n");
}

function environmentTable(service: Service, plan: ServicePlan, called: string[]): string {
  const tokens = plan.operations.some(
    ({ access, action }) => access !== "public" || action === "login" || action === "register",
  );
  const sends = plan.operations.some(({ publishes }) => publishes.length > 0);
  const rows = [
    ["`HOST`, `PORT`", `where it listens; 0.0.0.0 and ${service.port} in its container`],
    ["`SERVICE_NAME`", `its name in logs and events; ${service.name} when not set`],
    ["`LOG_LEVEL`", "debug, info, warn or error"],
    ["`OTEL_EXPORTER_OTLP_ENDPOINT`", "where spans are sent (OTLP/HTTP, JSON); none are when it is not set"],
    ...(tokens ? [["`JWT_SECRET`", "required: the secret that bearer tokens are signed with (HS256)"]] : []),
    ...(sends || plan.subscriptions.length > 0
      ? [["`EVENT_SECRET`", "required: the secret that events are signed with"]]
      : []),
    ...(sends ? [["`EVENT_SUBSCRIBERS`", "JSON object, event name → list of URLs"]] : []),
    ...called.map((name) => [`\`${urlVariable(name)}\``, `base URL of ${name}`]),
  ];
  return `| variable | meaning |\n|---|---|\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`;
}
