import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AppError, toAppError } from "../../src/lib/errors.ts";
import { digestTree, listFiles, resolveInside, writeFileAtomic } from "../../src/lib/fs.ts";
import { canonicalJson, hashOf, slug } from "../../src/lib/ids.ts";
import { nearest } from "../../src/lib/nearest.ts";
import { mapPool } from "../../src/lib/pool.ts";

describe("ids", () => {
  it("slug keeps to letters, digits and hyphens", () => {
    expect(slug("Größe & Weight: v2!")).toBe("gro-e-weight-v2");
    expect(slug("  ")).toBe("unnamed");
    expect(slug("a".repeat(50), 10)).toBe("a".repeat(10));
  });

  it("equal values hash alike whatever their order", () => {
    expect(hashOf({ b: [1, { d: 1, c: 2 }], a: null })).toBe(hashOf({ a: null, b: [1, { c: 2, d: 1 }] }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
    expect(canonicalJson({ b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });
});

describe("files", () => {
  const inFolder = (work: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), "so-fs-"));
    try {
      work(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it("are replaced whole, with nothing left beside them", () =>
    inFolder((folder) => {
      writeFileAtomic(join(folder, "sub", "a.txt"), "one");
      writeFileAtomic(join(folder, "sub", "a.txt"), "two");
      expect(readFileSync(join(folder, "sub", "a.txt"), "utf8")).toBe("two");
      expect(readdirSync(join(folder, "sub"))).toEqual(["a.txt"]);
    }));

  it("are listed without what nobody wrote, and without following links", () =>
    inFolder((folder) => {
      mkdirSync(join(folder, "node_modules"));
      writeFileSync(join(folder, "node_modules", "x.js"), "");
      writeFileSync(join(folder, "b.js"), "");
      writeFileSync(join(folder, "a.js"), "");
      symlinkSync(folder, join(folder, "loop"));
      expect(listFiles(folder)).toEqual(["a.js", "b.js"]);
    }));

  it("digest by name and content", () =>
    inFolder((folder) => {
      writeFileSync(join(folder, "a"), "1");
      const first = digestTree(folder);
      writeFileSync(join(folder, "a"), "2");
      expect(digestTree(folder)).not.toBe(first);
      writeFileSync(join(folder, "a"), "1");
      expect(digestTree(folder)).toBe(first);
    }));

  it("cannot be named outside their folder", () => {
    expect(resolveInside("/srv/x", "a/../b")).toBe("/srv/x/b");
    expect(() => resolveInside("/srv/x", "../y")).toThrow(/outside/);
    expect(() => resolveInside("/srv/x", "/etc/passwd")).toThrow(/outside/);
  });
});

describe("nearest", () => {
  it("finds a mistyped word and nothing far away", () => {
    expect(nearest("max_concurent", ["max_concurrent", "depth"])).toBe("max_concurrent");
    expect(nearest("colour", ["max_concurrent", "depth"])).toBeUndefined();
  });
});

describe("pool", () => {
  it("keeps order and its limit", async () => {
    let running = 0;
    let most = 0;
    const results = await mapPool([5, 1, 3, 2, 4], 2, async (item) => {
      most = Math.max(most, ++running);
      await sleep(item);
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 30, 20, 40]);
    expect(most).toBe(2);
  });

  it("waits for what has started, starts nothing after a failure, and throws that", async () => {
    const finished: number[] = [];
    const run = mapPool([1, 2, 3, 4], 2, async (item) => {
      if (item === 1) throw new Error("first");
      await sleep(20);
      finished.push(item);
    });
    await expect(run).rejects.toThrow("first");
    expect(finished).toEqual([2]);
  });
});

describe("errors", () => {
  it("keep what is theirs and wrap what is not", () => {
    const own = new AppError("NOT_FOUND", "gone", { remedy: "look" });
    expect(toAppError(own)).toBe(own);
    expect(toAppError(new Error("boom"))).toMatchObject({ code: "INTERNAL", message: "boom", retryable: true });
    expect(toAppError("text").message).toBe("text");
  });
});
