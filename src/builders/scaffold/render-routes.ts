import { EVENTS_PATH } from "../../model/runtime.ts";
import type { Service } from "../../model/service-map.ts";
import type { CallPlan, EntityPlan, EventPlan, OperationPlan, ServicePlan } from "./plan.ts";
import { asSource, comment, constantName, literal } from "./source.ts";

/** `src/routes.js` of a service with an API: its entities, and one route for each operation of the contract. */
export function renderRoutes(plan: ServicePlan, service: Service, hasEventsContract: boolean): string {
  const names = constants(plan.entities);
  const imports = collectImports();
  const routes = [
    ...plan.operations.map((operation) => renderRoute(operation, names, imports)),
    receiver(plan, names, imports),
  ];
  const paths = plan.operations.filter(({ method }) => method === "GET").map(({ path }) => path);
  if (!paths.includes(service.health_endpoint))
    routes.unshift(`  app.get(${literal(service.health_endpoint)}, ${imports.use("health", "health")});`);
  const setUp = renderSetUp(plan, imports, hasEventsContract);
  const entities = plan.entities.map((entity) => renderEntity(entity, names));
  return [
    "// Written from contracts/. Change the contract and build again, or go on from here by hand.",
    imports.render(),
    "",
    ...entities,
    "/** Where requests go: each route is a row of steps, run from left to right. */",
    "export function routes(app) {",
    ...setUp,
    "",
    `${routes.filter(Boolean).join("\n\n")}`,
    "}",
    "",
  ].join("\n");
}

/** The import lines that a file turns out to need. */
interface Imports {
  use(name: string, file: string): string;
  render(): string;
}

function collectImports(): Imports {
  const files = new Map<string, Set<string>>();
  return {
    use(name, file) {
      files.set(file, (files.get(file) ?? new Set()).add(name));
      return name;
    },
    render: () =>
      [...files]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([file, names]) => `import { ${[...names].sort().join(", ")} } from "./${file}.js";`)
        .join("\n"),
  };
}

/** Entity name → name of its constant. */
function constants(entities: EntityPlan[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    entities.map(({ name }) => {
      const wanted = constantName(name);
      let constant = wanted;
      for (let count = 2; taken.has(constant); count += 1) constant = `${wanted}${count}`;
      taken.add(constant);
      return [name, constant];
    }),
  );
}

function renderEntity(entity: EntityPlan, names: Map<string, string>): string {
  const { name, schema, id, initial, stateField, moves, owner } = entity;
  const description = {
    name,
    schema,
    id,
    initial: Object.keys(initial).length > 0 ? initial : undefined,
    stateField: moves ? stateField : undefined,
    moves,
    owner: owner.length > 0 ? owner : undefined,
  };
  return `const ${names.get(name)} = ${literal(description)};\n`;
}

function renderSetUp(plan: ServicePlan, imports: Imports, hasEventsContract: boolean): string[] {
  const shared = [
    `contract: ${imports.use("loadContract", "contract")}()`,
    `store: ${imports.use("createStore", "store")}()`,
  ];
  const sends = plan.operations.some(({ publishes }) => publishes.length > 0);
  const usesEvents = sends || plan.subscriptions.length > 0;
  if (usesEvents && hasEventsContract) shared.push(`events: ${imports.use("loadEvents", "events")}()`);
  const tokens = plan.operations.some(
    ({ access, action }) => access !== "public" || action === "login" || action === "register",
  );
  const needs = [...(tokens ? ["JWT_SECRET"] : []), ...(usesEvents ? ["EVENT_SECRET"] : [])];
  return [
    `  app.use({ ${shared.join(", ")} });`,
    ...(needs.length > 0 ? [`  app.needs(${needs.map((name) => literal(name)).join(", ")});`] : []),
  ];
}

function renderRoute(operation: OperationPlan, names: Map<string, string>, imports: Imports): string {
  const { id, method, path, summary } = operation;
  const steps = stepsOf(operation, names, imports);
  const title = `  // ${comment(summary ? `${id}: ${summary}` : id)}`;
  const head = `app.${method.toLowerCase()}(${literal(routePath(path))}, `;
  const line = `  ${head}${steps.join(", ")});`;
  if (line.length <= 120 && !line.includes("\n")) return `${title}\n${line}`;
  const rows = [literal(routePath(path)), ...steps].map((step) => `    ${step.replaceAll("\n", "\n    ")},`);
  return `${title}\n  app.${method.toLowerCase()}(\n${rows.join("\n")}\n  );`;
}

/** `/orders/{id}` as `/orders/:id`; left as it is when a parameter is only part of a segment. */
export function routePath(path: string): string {
  const whole = path.split("/").every((part) => !part.includes("{") || /^\{[A-Za-z0-9_]+\}$/.test(part));
  return whole ? path.replace(/\{([^}]+)\}/g, ":$1") : path;
}

function stepsOf(operation: OperationPlan, names: Map<string, string>, imports: Imports): string[] {
  const { access, calls, references, publishes, entity } = operation;
  const steps: string[] = [];
  if (access === "required") steps.push(imports.use("requireAuth", "auth"));
  if (access === "optional") steps.push(imports.use("acceptAuth", "auth"));
  steps.push(imports.use("validate", "validate"));
  const { parent } = operation;
  if (parent)
    steps.push(`${imports.use("load", "references")}(${names.get(parent.entity)}, ${literal(parent.lookup)})`);
  for (const { entity: target, path } of references)
    steps.push(`${imports.use("checkReference", "references")}(${names.get(target)}, ${literal(path)})`);
  if (calls.length > 0) steps.push(...loadFirst(operation, names, imports));
  for (const call of calls) steps.push(renderCall(call, imports));
  steps.push(renderAction(operation, names, imports));
  for (const event of publishes) steps.push(`${imports.use("publish", "events")}(${literal(eventOf(event, entity))})`);
  return steps;
}

/** What the path names must exist, and be in a state to move, before other services are asked. */
function loadFirst(operation: OperationPlan, names: Map<string, string>, imports: Imports): string[] {
  const { action, entity } = operation;
  if (action === "transition")
    return [`${imports.use("checkState", "actions/transition")}(${argumentsOf(operation, names)})`];
  if (!["get", "update", "delete", "custom"].includes(action) || entity === "") return [];
  return [`${imports.use("load", "references")}(${argumentsOf(operation, names)})`];
}

function renderCall(call: CallPlan, imports: Imports): string {
  const { service, method, path, parameter, reference, property, sends } = call;
  return `${imports.use("call", "calls")}(${literal({ service, method, path, parameter, reference, property, sends })})`;
}

function renderAction(operation: OperationPlan, names: Map<string, string>, imports: Imports): string {
  const { action, unbuilt } = operation;
  if (unbuilt !== undefined) return `${imports.use("notBuilt", "actions/not-built")}(${literal(unbuilt)})`;
  if (action === "health") return imports.use("healthDocument", "actions/health-document");
  const name = action === "delete" ? "remove" : action;
  return `${imports.use(name, `actions/${name}`)}(${argumentsOf(operation, names)})`;
}

function argumentsOf(operation: OperationPlan, names: Map<string, string>): string {
  const entity = names.get(operation.entity);
  if (entity === undefined) return "";
  const options = optionsOf(operation);
  return Object.keys(options).length > 0 ? `${entity}, ${literal(options)}` : entity;
}

function optionsOf({ action, lookup, parents, transition, credentials }: OperationPlan): Record<string, unknown> {
  const found = lookup && (lookup.by !== "id" || lookup.field !== "id") ? { ...lookup } : {};
  if (action === "transition" && transition)
    return { state: transition.field, from: transition.from, to: transition.to, ...found };
  if (["get", "update", "delete", "custom"].includes(action)) return found;
  const nested = Object.keys(parents).length > 0;
  if (action === "list" && nested) return { where: parents };
  if (action === "create" && nested) return { from: parents };
  if (credentials === undefined) return {};
  const tokens = action === "login" || credentials.tokens.length > 0 ? credentials.tokens : undefined;
  return { ...credentials, tokens };
}

function eventOf({ name, payload }: EventPlan, entity: string): Record<string, unknown> {
  return { name, payload: payload === undefined ? undefined : { $ref: payload }, about: entity || undefined };
}

function receiver({ subscriptions }: ServicePlan, names: Map<string, string>, imports: Imports): string {
  if (subscriptions.length === 0) return "";
  const described = subscriptions.map(({ name, payload, creates }) => [
    name,
    {
      payload: payload === undefined ? undefined : { $ref: payload },
      creates: creates === undefined ? undefined : asSource(names.get(creates) ?? "undefined"),
    },
  ]);
  const table = literal(Object.fromEntries(described), "  ");
  return `  // events from other services\n  app.post(${literal(EVENTS_PATH)}, ${imports.use("receive", "events")}(${table}));`;
}
