import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/errors.ts";
import { tailOf } from "../../lib/exec.ts";
import { nearest } from "../../lib/nearest.ts";
import { redactSecrets } from "../../lib/redact.ts";
import { documents } from "../../pipeline/ledger.ts";
import { pipelinePaths } from "../../pipeline/paths.ts";
import { pipelineStatus, runStatus } from "../../pipeline/status.ts";
import { eventsOf, pipelineIds, pipelineOf } from "../../pipeline/store.ts";
import type { ResourceDefinition, Variables } from "../define-resource.ts";

const ROOT = "orchestrator://pipelines";
const ONE = `${ROOT}/{pipeline_id}`;
/** Of so many pipelines, the newest, single resources are listed; templates reach all. */
const LISTED = 20;
const LOG_BYTES = 64 * 1024;
/** Documents that are parts of others; contracts have a resource of their own. */
const HIDDEN = new Set(["contract_drafts", "submission"]);

const json = (value: unknown) => JSON.stringify(value, null, 2);
const idOf = ({ pipeline_id = "" }: Variables) => pipeline_id;
const ids = (ctx: Context) => pipelineIds(ctx.db);
/** An unknown pipeline is told as such, whatever of it was asked for. */
const known = (variables: Variables, ctx: Context) => pipelineOf(ctx.db, idOf(variables)).id;

function each(
  ctx: Context,
  make: (id: string, name: string) => { uri: string; title: string }[],
): { uri: string; name: string; title: string }[] {
  return ids(ctx)
    .slice(0, LISTED)
    .flatMap((id) => {
      const { project_name } = pipelineOf(ctx.db, id);
      return make(id, project_name).map((one) => ({ ...one, name: one.uri.slice(ROOT.length + 1) }));
    });
}

export const pipelineList: ResourceDefinition = {
  name: "pipelines",
  title: "Pipelines",
  description: "The project's pipelines, newest first, with their state.",
  uri: ROOT,
  mime: "application/json",
  read: (_variables, ctx) =>
    json(
      ids(ctx).map((id) => {
        const pipeline = pipelineOf(ctx.db, id);
        const { project_name, state, updated_at } = pipeline;
        return { pipeline_id: id, project_name, state, status: runStatus(ctx.db, pipeline), updated_at };
      }),
    ),
};

export const pipelineStatusResource: ResourceDefinition = {
  name: "pipeline",
  title: "A pipeline's status",
  description: "Phases, builders, gate, cost, reports and the next step of one pipeline.",
  uri: ONE,
  mime: "application/json",
  read: (variables, ctx) => json(pipelineStatus(ctx.db, known(variables, ctx))),
  list: (ctx) => each(ctx, (id, project) => [{ uri: `${ROOT}/${id}`, title: `${project}: status` }]),
  complete: { pipeline_id: ids },
};

export const pipelineEvents: ResourceDefinition = {
  name: "pipeline-events",
  title: "A pipeline's events",
  description: "Everything that happened in one pipeline, in order.",
  uri: `${ONE}/events`,
  mime: "application/json",
  read: (variables, ctx) => json(eventsOf(ctx.db, known(variables, ctx), 0, 10_000)),
  complete: { pipeline_id: ids },
};

function reportsOf(ctx: Context, id: string) {
  return documents(ctx.db, id).filter(({ name }) => !HIDDEN.has(name) && !name.includes("/"));
}

export const pipelineReport: ResourceDefinition = {
  name: "pipeline-report",
  title: "A document of a pipeline",
  description:
    "Service map (JSON, and as a Mermaid diagram), domain model, questions, contract registry, integration and gate reports.",
  uri: `${ONE}/reports/{report}`,
  mime: "application/json",
  read: (variables, ctx) => {
    const all = reportsOf(ctx, known(variables, ctx));
    const { report = "" } = variables;
    const found = all.find(({ name }) => name === report);
    if (found !== undefined) return found.content;
    const names = all.map(({ name }) => name);
    const meant = nearest(report, names);
    throw new AppError("NOT_FOUND", `Pipeline ${idOf(variables)} has no document ${report}.`, {
      remedy: `${meant ? `Did you mean ${meant}? ` : ""}It has ${names.join(", ") || "none yet"}.`,
    });
  },
  list: (ctx) =>
    each(ctx, (id, project) =>
      reportsOf(ctx, id).map(({ name }) => ({
        uri: `${ROOT}/${id}/reports/${name}`,
        title: `${project}: ${name.replaceAll("_", " ")}`,
      })),
    ),
  complete: {
    pipeline_id: ids,
    report: (ctx, before) => (before.pipeline_id ? reportsOf(ctx, before.pipeline_id).map(({ name }) => name) : []),
  },
};

/** Names of a pipeline's log files, without `.log`. */
function logsOf(ctx: Context, id: string): string[] {
  try {
    const names = readdirSync(pipelinePaths(ctx.workspace, id).logs);
    return names.filter((name) => name.endsWith(".log")).map((name) => basename(name, ".log"));
  } catch {
    return [];
  }
}

export const pipelineLog: ResourceDefinition = {
  name: "pipeline-log",
  title: "A log of a pipeline",
  description: "The last 64 KiB of a log: the driver's, a builder's, a service's; secrets are taken out.",
  uri: `${ONE}/logs/{log}`,
  mime: "text/plain",
  read: (variables, ctx) => {
    const id = known(variables, ctx);
    const { log = "" } = variables;
    const names = logsOf(ctx, id);
    if (names.includes(log))
      return redactSecrets(tailOf(join(pipelinePaths(ctx.workspace, id).logs, `${log}.log`), LOG_BYTES));
    throw new AppError("NOT_FOUND", `Pipeline ${id} has no log ${log}.`, {
      remedy: `It has ${names.join(", ") || "none yet"}.`,
    });
  },
  complete: {
    pipeline_id: ids,
    log: (ctx, before) => (before.pipeline_id ? logsOf(ctx, before.pipeline_id) : []),
  },
};

const contractsOf = async (ctx: Context, id: string) =>
  (await ctx.portsFor(pipelineOf(ctx.db, id).config)).contracts.list({ build_cycle_id: id });

export const pipelineContract: ResourceDefinition = {
  name: "pipeline-contract",
  title: "A contract of a pipeline",
  description: "The frozen contract of one service: type is openapi, asyncapi or json_schema.",
  uri: `${ONE}/contracts/{service}/{type}`,
  mime: "application/json",
  read: async (variables, ctx) => {
    const all = await contractsOf(ctx, known(variables, ctx));
    const { service = "", type = "" } = variables;
    const found = all.find((one) => one.service_name === service && one.type === type);
    if (found !== undefined) return json(found.spec);
    const names = all.map((one) => `${one.service_name}/${one.type}`);
    throw new AppError("NOT_FOUND", `Pipeline ${idOf(variables)} has no contract ${service}/${type}.`, {
      remedy: `It has ${names.join(", ") || "none yet"}.`,
    });
  },
  complete: {
    pipeline_id: ids,
    service: async (ctx, { pipeline_id }) =>
      pipeline_id ? [...new Set((await contractsOf(ctx, pipeline_id)).map((one) => one.service_name))] : [],
    type: async (ctx, { pipeline_id, service }) =>
      pipeline_id
        ? (await contractsOf(ctx, pipeline_id)).filter((one) => one.service_name === service).map((one) => one.type)
        : [],
  },
};
