import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { guardOutside } from "../../src/builders/guard.ts";
import { temporaryFolder } from "./support.ts";

/** Three services side by side. */
function newSystem() {
  const root = temporaryFolder();
  const folders = ["a", "b", "c"].map((name) => join(root, "output", name));
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "main.js"), `// ${folder}`);
  }
  const [a = "", b = "", c = ""] = folders;
  return { a, b, c, aside: join(root, "logs") };
}

describe("what is written outside a service's folder", () => {
  it("is found, put back, and moved aside", () => {
    const { a, b, c, aside } = newSystem();
    const guard = guardOutside(a, aside);
    writeFileSync(join(a, "main.js"), "mine");
    const before = readFileSync(join(b, "main.js"), "utf8");
    writeFileSync(join(b, "main.js"), "stolen");
    rmSync(join(c, "main.js"));
    writeFileSync(join(c, "extra.js"), "smuggled");
    const breaches = guard.check();
    guard.close();
    expect(breaches).toEqual([
      expect.stringContaining("changed b/main.js"),
      expect.stringContaining("deleted c/main.js"),
      expect.stringContaining("wrote c/extra.js"),
    ]);
    expect(readFileSync(join(b, "main.js"), "utf8")).toBe(before);
    expect(existsSync(join(c, "main.js"))).toBe(true);
    expect(existsSync(join(c, "extra.js"))).toBe(false);
    expect(readFileSync(join(aside, "c/extra.js"), "utf8")).toBe("smuggled");
    expect(readFileSync(join(a, "main.js"), "utf8")).toBe("mine");
  });

  it("is somebody else's work where another one is built or checked at the time", () => {
    const { a, b, c, aside } = newSystem();
    const first = guardOutside(a, aside);
    const second = guardOutside(b, aside);
    writeFileSync(join(b, "main.js"), "by its own builder");
    expect(second.check()).toEqual([]);
    second.close();
    writeFileSync(join(c, "new.js"), "");
    expect(first.check()).toEqual([expect.stringContaining("wrote c/new.js")]);
    first.close();
    const third = guardOutside(a, aside);
    writeFileSync(join(b, "main.js"), "by nobody");
    expect(third.check()).toHaveLength(1);
    third.close();
  });

  it("was not touched when a file was only written again", () => {
    const { a, b, aside } = newSystem();
    const guard = guardOutside(a, aside);
    writeFileSync(join(b, "main.js"), readFileSync(join(b, "main.js")));
    expect(guard.check()).toEqual([]);
    guard.close();
  });
});
