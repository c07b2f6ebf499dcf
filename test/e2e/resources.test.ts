import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pipelinePaths } from "../../src/pipeline/paths.ts";
import { cli, connect, makeWorkspace, removeWorkspace, SHOP_PRD, status } from "./support.ts";

let workspace: string;
let client: Client;
let id: string;
beforeAll(async () => {
  workspace = makeWorkspace();
  client = await connect(workspace);
  // As far as the review: there are documents, a log and events, and it waits.
  await cli(workspace, ["run", SHOP_PRD]);
  id = (await status(workspace, ["status"])).pipeline_id;
}, 120_000);
afterAll(async () => {
  await client.close();
  await removeWorkspace(workspace);
});

const read = async (uri: string) => {
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  return content !== undefined && "text" in content ? content.text : "";
};

describe("resources", () => {
  it("list what there is, and templates for all of it", async () => {
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toEqual(
      expect.arrayContaining([
        "orchestrator://pipelines",
        "orchestrator://codes",
        `orchestrator://pipelines/${id}`,
        `orchestrator://pipelines/${id}/reports/service_map`,
        `orchestrator://pipelines/${id}/reports/service_map_diagram`,
      ]),
    );
    for (const uri of uris) expect((await read(uri)).length).toBeGreaterThan(2);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(
      "orchestrator://pipelines/{pipeline_id}/contracts/{service}/{type}",
    );
  });

  it("are read through their templates", async () => {
    expect(JSON.parse(await read(`orchestrator://pipelines/${id}`))).toMatchObject({ status: "waiting_for_review" });
    const events = JSON.parse(await read(`orchestrator://pipelines/${id}/events`)) as { kind: string }[];
    expect(events.map(({ kind }) => kind)).toContain("start_architect");
    expect(await read(`orchestrator://pipelines/${id}/reports/service_map_diagram`)).toContain("flowchart");
    expect(await read(`orchestrator://pipelines/${id}/logs/driver`)).toContain("driver ends");
    expect(await read("orchestrator://codes/SEC-001")).toContain("Why:");
  });

  it.each([
    ["orchestrator://nothing", "There is no resource"],
    ["orchestrator://pipelines/nope", "nope"],
    ["orchestrator://codes/SEC-999", "There is no code"],
    ["file:///etc/passwd", "There is no resource"],
  ])("%s is answered as not found", async (uri, words) => {
    await expect(client.readResource({ uri })).rejects.toMatchObject({
      code: -32002,
      message: expect.stringContaining(words),
    });
  });

  it("never lead out of a pipeline's folder", async () => {
    for (const log of ["..%2f..%2fstate", "%2e%2e%2fPRD", "driver%00"])
      await expect(client.readResource({ uri: `orchestrator://pipelines/${id}/logs/${log}` })).rejects.toMatchObject({
        code: -32002,
      });
  });

  it("complete ids and names", async () => {
    const complete = async (uri: string, name: string, value: string, before?: Record<string, string>) =>
      (
        await client.complete({
          ref: { type: "ref/resource", uri },
          argument: { name, value },
          ...(before ? { context: { arguments: before } } : {}),
        })
      ).completion.values;
    const one = "orchestrator://pipelines/{pipeline_id}";
    expect(await complete(one, "pipeline_id", id.slice(0, 3))).toEqual([id]);
    expect(await complete(one, "pipeline_id", "zzz")).toEqual([]);
    expect(await complete(`${one}/reports/{report}`, "report", "service", { pipeline_id: id })).toEqual(
      expect.arrayContaining(["service_map", "service_map_diagram"]),
    );
    expect(await complete("orchestrator://codes/{code}", "code", "cors-")).toEqual([
      "CORS-001",
      "CORS-002",
      "CORS-003",
    ]);
  });

  it("notify subscribers of changes that another process makes, and nobody else", async () => {
    const changed: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void changed.push(params.uri));
    const uri = `orchestrator://pipelines/${id}`;
    const log = `${uri}/logs/driver`;
    await client.subscribeResource({ uri });
    await client.subscribeResource({ uri: log });
    appendFileSync(join(pipelinePaths(workspace, id).logs, "driver.log"), "one more line\n");
    await expect.poll(() => changed, { timeout: 20_000 }).toContain(log);
    expect(changed).not.toContain(uri);
    await client.unsubscribeResource({ uri: log });
    await cli(workspace, ["review", "reject", "--feedback", "rename service orders-service to sales-service"]);
    await expect.poll(() => changed, { timeout: 20_000 }).toContain(uri);
    expect(changed.filter((one) => one === log)).toHaveLength(1);
    await client.unsubscribeResource({ uri });
    await expect(client.subscribeResource({ uri: "orchestrator://nothing" })).rejects.toThrow("There is no resource");
  }, 120_000);
});

describe("prompts", () => {
  it("are listed, take their arguments, and name tools that there are", async () => {
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual([
      "build_prd",
      "review_architecture",
      "fix_violations",
      "gate_before_commit",
      "explain_failed_pipeline",
    ]);
    const known = new Set((await client.listTools()).tools.map(({ name }) => name));
    for (const { name, arguments: given = [] } of prompts) {
      const values = Object.fromEntries(given.map((one) => [one.name, `the-${one.name}`]));
      const { messages } = await client.getPrompt({ name, arguments: values });
      const [message] = messages;
      const text = message?.content.type === "text" ? message.content.text : "";
      for (const one of given) expect(text).toContain(`the-${one.name}`);
      for (const [tool] of text.matchAll(/\b(?:run|get|review|resume|scan|explain|cancel)_[a-z_]+\b/g))
        expect(known).toContain(tool);
    }
  });

  it("say what is wrong with a call", async () => {
    await expect(client.getPrompt({ name: "build_prd" })).rejects.toThrow("needs prd_path");
    await expect(client.getPrompt({ name: "biuld_prd" })).rejects.toThrow("Did you mean build_prd?");
    await expect(client.getPrompt({ name: "gate_before_commit", arguments: { folder: "." } })).rejects.toThrow(
      "takes no argument folder",
    );
  });
});
