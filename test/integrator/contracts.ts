import { contract } from "./system.ts";

type Json = Record<string, unknown>;

const json = (schema: Json) => ({ content: { "application/json": { schema } } });
const answers = (documented: Record<string, Json | null>) =>
  Object.fromEntries(
    Object.entries(documented).map(([status, schema]) => [
      status,
      { description: status, ...(schema === null ? {} : json(schema)) },
    ]),
  );
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const secured = { security: [{ bearer: [] }] };
const id = { name: "taskId", in: "path", required: true, schema: { type: "string", format: "uuid" } };
const credentials = {
  type: "object",
  required: ["email", "password"],
  properties: { email: { type: "string", format: "email" }, password: { type: "string", minLength: 8 } },
};

/** What the tasks service offers, without a single extension. */
const tasks = () => ({
  openapi: "3.1.0",
  info: { title: "tasks", version: "1.0.0" },
  paths: {
    "/health": { get: { responses: answers({ "200": { type: "object", required: ["status"] } }) } },
    "/auth/register": {
      post: {
        requestBody: { required: true, ...json(credentials) },
        responses: answers({ "201": { type: "object" }, "409": null }),
      },
    },
    "/auth/login": {
      post: {
        requestBody: { required: true, ...json(credentials) },
        responses: answers({ "200": { type: "object", required: ["access_token"] }, "401": null }),
      },
    },
    "/me": { get: { ...secured, responses: answers({ "200": { type: "object", required: ["id"] } }) } },
    "/tasks": {
      get: {
        operationId: "listTasks",
        ...secured,
        responses: answers({ "200": { type: "object", properties: { items: { type: "array", items: ref("Task") } } } }),
      },
      post: {
        operationId: "createTask",
        ...secured,
        requestBody: { required: true, ...json(ref("Task")) },
        responses: answers({ "201": ref("Task") }),
      },
    },
    "/tasks/{taskId}": {
      parameters: [id],
      get: { operationId: "getTask", ...secured, responses: answers({ "200": ref("Task"), "404": null }) },
      put: {
        operationId: "updateTask",
        ...secured,
        requestBody: { required: true, ...json(ref("Task")) },
        responses: answers({ "200": ref("Task"), "404": null }),
      },
      delete: { operationId: "deleteTask", ...secured, responses: answers({ "204": null, "404": null }) },
    },
    "/tasks/{taskId}/start": {
      parameters: [id],
      post: { operationId: "startTask", ...secured, responses: answers({ "200": ref("Task"), "409": null }) },
    },
    "/tasks/{taskId}/remind": {
      parameters: [id],
      post: { operationId: "remindTask", ...secured, responses: answers({ "200": ref("Task"), "409": null }) },
    },
  },
  components: {
    schemas: {
      Task: {
        type: "object",
        required: ["id", "title", "status"],
        properties: {
          id: { type: "string", format: "uuid", readOnly: true },
          title: { type: "string", minLength: 1, maxLength: 80, example: "Water the plants" },
          status: { type: "string", enum: ["open", "started", "finished"], readOnly: true },
        },
      },
    },
    securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
  },
});

export const plainTasks = () => contract("tasks", "openapi", tasks());

/** The same without a way to a token, and with a task that refers to a project that nothing makes. */
export function tasksWithoutLogin() {
  const spec = tasks();
  const { "/auth/register": _register, "/auth/login": _login, ...paths } = spec.paths;
  const project_id = { type: "string", format: "uuid", "x-references": { entity: "Project", service: "projects" } };
  const { Task } = spec.components.schemas;
  const schemas = {
    Task: { ...Task, properties: { ...Task.properties, project_id } },
    NewTask: { type: "object", required: ["title", "project_id"], properties: { ...Task.properties, project_id } },
  };
  const post = { ...paths["/tasks"].post, requestBody: { required: true, ...json(ref("NewTask")) } };
  return contract("tasks", "openapi", {
    ...spec,
    paths: { ...paths, "/tasks": { ...paths["/tasks"], post } },
    components: { ...spec.components, schemas },
  });
}

/** The same with what our own architect adds, and one transition more. */
export function extendedTasks() {
  const spec = tasks();
  Object.assign(spec.paths["/tasks"].post, {
    "x-action": "create",
    "x-entity": "Task",
    "x-publishes": ["task.created"],
  });
  const transition = (from: string[], to: string) => ({
    "x-action": "transition",
    "x-entity": "Task",
    "x-transition": { field: "status", from, to },
  });
  Object.assign(spec.paths["/tasks/{taskId}/start"].post, transition(["open"], "started"));
  const finish = { operationId: "finishTask", ...secured, responses: answers({ "200": ref("Task"), "409": null }) };
  Object.assign(spec.paths, {
    "/tasks/{taskId}/finish": { parameters: [id], post: { ...finish, ...transition(["started"], "finished") } },
  });
  return contract("tasks", "openapi", spec);
}

/** The same, where creating a task answers with its id only. */
export function terseTasks() {
  const { spec } = extendedTasks();
  const only = answers({ "201": { type: "object", required: ["id"], properties: { id: { type: "string" } } } });
  const { paths } = spec as { paths: Record<string, Record<string, object>> };
  const tasksPath = paths["/tasks"];
  return contract("tasks", "openapi", {
    ...spec,
    paths: { ...paths, "/tasks": { ...tasksPath, post: { ...tasksPath?.post, responses: only } } },
  });
}

const label = {
  type: "object",
  required: ["task_id", "name"],
  properties: {
    task_id: { type: "string", format: "uuid", "x-references": { entity: "Task", service: "tasks" } },
    name: { type: "string", minLength: 1 },
  },
};

/** Calls tasks to check a reference, and keeps a record of each event of tasks. */
export const audit = () => [
  contract("audit", "openapi", {
    openapi: "3.1.0",
    info: { title: "audit", version: "1.0.0" },
    security: [{ bearer: [] }],
    paths: {
      "/health": { get: { security: [], responses: answers({ "200": { type: "object" } }) } },
      "/records": {
        get: {
          operationId: "listRecords",
          responses: answers({ "200": { type: "array", items: { type: "object", required: ["id", "task_id"] } } }),
        },
      },
      "/labels": {
        post: {
          operationId: "createLabel",
          "x-calls": [{ service: "tasks", operation_id: "getTask", property: "task_id" }],
          requestBody: { required: true, ...json(label) },
          responses: answers({ "201": { type: "object", required: ["id", "task_id", "name"] }, "400": null }),
        },
      },
      "/labels/{id}": {
        get: {
          operationId: "getLabel",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
          responses: answers({ "200": { type: "object", required: ["id"] }, "404": null }),
        },
      },
    },
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  }),
  contract("audit", "asyncapi", {
    asyncapi: "3.0.0",
    info: { title: "audit", version: "1.0.0" },
    channels: { taskCreated: { address: "task.created", messages: {} } },
    operations: {
      receiveTaskCreated: { action: "receive", channel: { $ref: "#/channels/taskCreated" }, "x-creates": "Record" },
    },
  }),
];

export const wholeSystem = () => [extendedTasks(), ...audit()];
