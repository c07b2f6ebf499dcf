import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { digestTree } from "../../src/lib/fs.ts";
import type { Finding } from "../../src/model/finding.ts";
import { describeBuilder } from "./builder-contract.ts";
import { taskFor, temporaryFolder } from "./support.ts";

describeBuilder("scaffold", createScaffoldBuilder, { deterministic: true });

const finding = (where: string): Finding => ({
  code: "LOG-004",
  severity: "warning",
  service: "accounts-service",
  where,
  message: "It writes to the console.",
  fix: "Use the logger.",
  reproduce: "",
  fingerprint: "f",
});

describe("a fix run of the scaffold", () => {
  it("brings a file back that drifted from the contract, and claims that", async () => {
    const task = taskFor(temporaryFolder(), "accounts-service");
    await createScaffoldBuilder().build(task);
    const digest = digestTree(task.output_dir);
    writeFileSync(join(task.output_dir, "src/auth.js"), "export function requireAuth() {}\n");
    rmSync(join(task.output_dir, "Dockerfile"));
    const findings = [finding("src/auth.js:1"), finding("accounts-service/Dockerfile:0"), finding("GET /accounts/me")];
    const claim = await createScaffoldBuilder().build({ ...task, attempt: 2, findings });
    expect(claim).toMatchObject({ success: true, error: "" });
    expect(digestTree(task.output_dir)).toBe(digest);
  });

  it("does not claim a fix when the service already is what the contract gives", async () => {
    const task = taskFor(temporaryFolder(), "accounts-service");
    await createScaffoldBuilder().build(task);
    const claim = await createScaffoldBuilder().build({ ...task, attempt: 2, findings: [finding("src/log.js:3")] });
    expect(claim.success).toBe(false);
    expect(claim.error).toContain("LOG-004 at src/log.js:3");
  });

  it("does not claim findings in files that others wrote", async () => {
    const task = taskFor(temporaryFolder(), "accounts-service");
    await createScaffoldBuilder().build(task);
    rmSync(join(task.output_dir, "README.md"));
    const claim = await createScaffoldBuilder().build({ ...task, attempt: 2, findings: [finding("tools/seed.js:9")] });
    expect(claim.success).toBe(false);
    expect(claim.error).toContain("tools/seed.js:9");
  });
});

describe("the folder of a scaffold service", () => {
  it("loses what the contract no longer asks for, but not what was changed by hand", async () => {
    const root = temporaryFolder();
    const task = taskFor(root, "orders-service");
    await createScaffoldBuilder().build(task);
    const [stale, edited] = [join(task.output_dir, "src/calls.js"), join(task.output_dir, "src/references.js")];
    writeFileSync(edited, `${readFileSync(edited, "utf8")}// changed by hand\n`);
    expect(existsSync(stale)).toBe(true);
    const accounts = taskFor(root, "accounts-service");
    await createScaffoldBuilder().build({ ...task, contracts: accounts.contracts });
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(join(task.output_dir, "contracts/consumed"))).toBe(false);
    expect(readFileSync(edited, "utf8")).toContain("changed by hand");
  });

  it("is not left through a symbolic link", async () => {
    const root = temporaryFolder();
    const task = taskFor(root, "accounts-service");
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(task.output_dir, "src"));
    await expect(createScaffoldBuilder().build(task)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(existsSync(join(elsewhere, "server.js"))).toBe(false);
  });

  it("survives a manifest that names files outside it", async () => {
    const root = temporaryFolder();
    const task = taskFor(root, "accounts-service");
    writeFileSync(join(root, "precious.txt"), "x");
    const files = { "../../precious.txt": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" };
    writeFileSync(join(task.output_dir, ".scaffold.json"), JSON.stringify({ files }));
    await expect(createScaffoldBuilder().build(task)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(existsSync(join(root, "precious.txt"))).toBe(true);
  });
});

describe("what the scaffold cannot build", () => {
  it("is said, and the build is not claimed as a success", async () => {
    const task = taskFor(temporaryFolder(), "orders-service", { consumed: [] });
    const claim = await createScaffoldBuilder().build(task);
    expect(claim.success).toBe(false);
    expect(claim.error).toContain("createOrder calls getAccount of accounts-service");
  });

  it("includes a service without an API that is no frontend", async () => {
    const claim = await createScaffoldBuilder().build(taskFor(temporaryFolder(), "mystery-service"));
    expect(claim).toMatchObject({ success: false, error: "There is no OpenAPI contract, so it has no operations." });
  });
});
