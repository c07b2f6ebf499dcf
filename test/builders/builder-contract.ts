import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Builder, BuildTask } from "../../src/builders/port.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { digestTree, listFiles } from "../../src/lib/fs.ts";
import { BuilderClaim } from "../../src/model/builder.ts";
import { taskFor, temporaryFolder } from "./support.ts";

export interface BuilderContractOptions {
  /** The shop's service that is built. */
  service?: string;
  /** What else the builder needs in its task. */
  task?: Partial<BuildTask>;
  /** Whether the same task must give the same bytes. */
  deterministic: boolean;
}

/** What every builder owes its caller, whichever backend it is. */
export function describeBuilder(name: string, makeBuilder: () => Builder, options: BuilderContractOptions): void {
  const { service = "notifications-service", task: over = {}, deterministic } = options;
  const newTask = (root: string, more: Partial<BuildTask> = {}) => taskFor(root, service, { ...over, ...more });

  describe(`${name} keeps the builder contract`, () => {
    it("says who it is and whether it costs money", () => {
      const builder = makeBuilder();
      expect(builder.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(typeof builder.paid).toBe("boolean");
    });

    it("builds a service that our own evidence confirms when it claims success", async () => {
      const root = temporaryFolder();
      const task = newTask(root);
      const claim = BuilderClaim.parse(await makeBuilder().build(task));
      expect(claim).toMatchObject({ success: true, error: "" });
      const evidence = await verifyService({
        service,
        directory: task.output_dir,
        logDir: join(root, "logs"),
        spawn: spawnGroup,
        timeoutMs: 60_000,
        signal: task.signal,
      });
      expect(evidence).toMatchObject({ verified: true, reason: "" });
      const tests = evidence.commands.find(({ purpose }) => purpose === "test")?.tests;
      expect(tests?.executed).toBeGreaterThan(0);
      expect(tests?.failed).toBe(0);
      expect(evidence.tree_digest).toBe(digestTree(task.output_dir));
    });

    it("writes into its folder and its logs only", async () => {
      const root = temporaryFolder();
      const neighbour = join(root, "services", "neighbour.txt");
      const task = newTask(root);
      writeFileSync(neighbour, "not yours");
      await makeBuilder().build(task);
      const outside = listFiles(root).filter((file) => !file.startsWith(`services/${service}/`));
      expect(outside.filter((file) => !file.startsWith("logs/"))).toEqual(["services/neighbour.txt"]);
      expect(readFileSync(neighbour, "utf8")).toBe("not yours");
    });

    it("leaves what others wrote in its folder", async () => {
      const task = newTask(temporaryFolder());
      const own = join(task.output_dir, "NOTES-BY-HAND.md");
      writeFileSync(own, "kept");
      await makeBuilder().build(task);
      await makeBuilder().build({ ...task, attempt: 2 });
      expect(readFileSync(own, "utf8")).toBe("kept");
    });

    it("does nothing when it was told to stop before", async () => {
      const controller = new AbortController();
      controller.abort();
      const task = newTask(temporaryFolder(), { signal: controller.signal });
      await expect(makeBuilder().build(task)).rejects.toThrow();
      expect(existsSync(join(task.output_dir, "package.json"))).toBe(false);
    });

    // What a model writes is not the same twice: nothing is left out by not asking.
    if (!deterministic) return;
    it("gives the same bytes for the same task", async () => {
      const [first, second] = [newTask(temporaryFolder()), newTask(temporaryFolder())];
      await makeBuilder().build(first);
      await makeBuilder().build(second);
      expect(digestTree(first.output_dir)).toBe(digestTree(second.output_dir));
    });
  });
}
