import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { briefOf, taskText } from "../../src/builders/agent/brief.ts";
import { handOver } from "../../src/builders/agent/handover.ts";
import { prdPart } from "../../src/builders/agent/prd-part.ts";
import { digestTree } from "../../src/lib/fs.ts";
import { OWN } from "./programs.ts";
import { taskFor, temporaryFolder } from "./support.ts";

const newTask = (over = {}) => taskFor(temporaryFolder(), "orders-service", over);
const finding = {
  code: "LOG-004",
  severity: "warning" as const,
  service: "orders-service",
  where: "src/log.js:3",
  message: "m".repeat(5000),
  fix: "",
  reproduce: "",
  fingerprint: "f",
};

describe("the brief of a service", () => {
  it("names its contracts and those it uses, with their hashes, its operations and its neighbours", () => {
    const task = newTask({ prd: "# Shop\nOrders are paid." });
    const brief = briefOf(task);
    for (const { spec_hash } of [...task.contracts, ...task.consumed]) expect(brief).toContain(spec_hash);
    for (const text of [
      "Orders are paid.",
      "ACCOUNTS_SERVICE_URL",
      "POST /orders",
      "of accounts-service, which you use",
    ])
      expect(brief).toContain(text);
  });

  it("stays bounded, whatever the requirements and the findings are", () => {
    const prd = `# Shop\n${"x".repeat(1000)}\n${"## Orders\norders-service does more.\n".repeat(20_000)}`;
    expect(briefOf(newTask({ prd })).length).toBeLessThan(45_000);
    const findings = Array.from({ length: 500 }, () => finding);
    const text = taskText(newTask({ findings }));
    expect(text.length).toBeLessThan(40_000);
    expect(text).toContain("And 460 more");
  });

  it("keeps the opening and the sections that concern the service of a long PRD, and says what it left out", () => {
    const filler = "word ".repeat(3000);
    const prd = `# Shop\nThe opening.\n## Orders Service\nIt keeps orders.\n## Catalogue\n${filler}\n## Stock\n${filler}`;
    const part = prdPart(prd, { ...newTask().service, owns_entities: [], domain: "" }, 20_000);
    expect(part).toContain("The opening.");
    expect(part).toContain("It keeps orders.");
    expect(part).not.toContain("Catalogue");
    expect(part).toContain("left out");
    expect(prdPart("# Short", newTask().service, 20_000)).toBe("# Short");
  });
});

describe("what is laid into a service's folder", () => {
  it("is the same for a fix as for the build before: a run that changed nothing shows as that", () => {
    const task = newTask();
    handOver(task, OWN);
    const digest = digestTree(task.output_dir);
    handOver({ ...task, attempt: 2, findings: [finding] }, OWN);
    expect(digestTree(task.output_dir)).toBe(digest);
  });

  it("leads back to us with the narrow tools, and runs the scan before it stops", () => {
    const task = newTask();
    const { mcpConfig, settings } = handOver(task, { ...OWN, args: ["it's.js"] });
    expect(JSON.parse(readFileSync(mcpConfig, "utf8"))).toEqual({
      mcpServers: {
        "super-orchestrator": {
          command: process.execPath,
          args: ["it's.js", "serve", "--workspace", OWN.workspace, "--toolsets", "quality,contracts,codebase"],
        },
      },
    });
    const { hooks, permissions } = JSON.parse(readFileSync(settings, "utf8"));
    expect(hooks.Stop[0].hooks[0].command).toContain(`'it'\\''s.js' 'scan'`);
    expect(permissions.deny).toContain("mcp__super-orchestrator__register_contract");
  });

  it("never goes through a link that a builder laid", () => {
    const task = newTask();
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, "settings.json"), "theirs");
    symlinkSync(elsewhere, join(task.output_dir, ".claude"));
    symlinkSync(join(elsewhere, "settings.json"), join(task.output_dir, ".mcp.json"));
    mkdirSync(join(elsewhere, "contracts"));
    symlinkSync(join(elsewhere, "contracts"), join(task.output_dir, "contracts"));
    handOver(task, OWN);
    expect(readFileSync(join(elsewhere, "settings.json"), "utf8")).toBe("theirs");
    expect(() => readFileSync(join(elsewhere, "contracts", "openapi.json"))).toThrow();
    expect(JSON.parse(readFileSync(join(task.output_dir, "contracts/openapi.json"), "utf8"))).toEqual(
      task.contracts[0]?.spec,
    );
  });
});
