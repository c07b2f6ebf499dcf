import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterAll, describe, expect, it } from "vitest";
import type { ScanReport } from "../../src/model/scan-report.ts";
import { openCache } from "../../src/quality-gate/cache.ts";
import type { ScanRequest } from "../../src/quality-gate/port.ts";
import { scanFolders } from "./folders.ts";

const bookshop = fileURLToPath(new URL("../fixtures/scan/bookshop", import.meta.url));
const { scratch, folder, write, scan, remove } = scanFolders();
afterAll(remove);

const password = (value: string) => `DB_PASSWORD = "${value}"\n`;
const same = (report: ScanReport) => ({ ...report, duration_ms: 0 });
let count = 0;
const cacheFile = () => join(scratch, `cache-${++count}.db`);
/** Far enough back that a stamp alone tells that nothing changed. */
function age(root: string, paths: readonly string[]) {
  for (const path of paths) utimesSync(join(root, path), 1_700_000_000, 1_700_000_000);
}

describe.each<[string, () => Pick<ScanRequest, "cache">]>([
  ["in a file", () => ({ cache: cacheFile() })],
  ["in memory", () => ({})],
  ["nowhere", () => ({ cache: null })],
])("what is kept %s", (_where, options) => {
  it("changes no report, whatever was asked before", async () => {
    const fresh = same(await scan(bookshop, { cache: null }));
    const one = options();
    for (const only of [["secrets"], ["docker", "SEC-001"], [], ["adversarial"], []]) {
      const report = same(await scan(bookshop, { ...one, only }));
      expect(report).toEqual(same(await scan(bookshop, { cache: null, only })));
      if (only.length === 0) expect(report).toEqual(fresh);
    }
  });

  it("follows edits, new and deleted files, and facts of other services", async () => {
    const root = folder({
      "a/package.json": "{}",
      "a/bus.ts": 'bus.publish("order.created", order);\n',
      "b/package.json": "{}",
      "b/bus.ts": 'bus.subscribe("order.created", send);\n',
      "b/db.py": password("hunter22!"),
    });
    const one = options();
    const codes = async () => (await scan(root, one)).violations.map(({ code, file_path }) => `${code} ${file_path}`);
    const before = await codes();
    expect(before).toContain("SEC-SECRET-007 b/db.py");
    expect(before.join()).not.toContain("ADV-001");
    expect(await codes()).toEqual(before);
    write(root, { "b/bus.ts": 'bus.subscribe("order.creatd", send);\n' });
    expect(await codes()).toContain("ADV-001 a/bus.ts");
    rmSync(join(root, "b/db.py"));
    write(root, { "a/new.py": password("hunter33!") });
    const after = await codes();
    expect(after).toContain("SEC-SECRET-007 a/new.py");
    expect(after).not.toContain("SEC-SECRET-007 b/db.py");
  });

  it("sees an edit that leaves size and time as they were", async () => {
    const root = folder({ "app.py": "print(1)\n" });
    age(root, ["app.py"]);
    const one = options();
    expect((await scan(root, one)).violations).toHaveLength(1);
    writeFileSync(join(root, "app.py"), "value(1)\n");
    age(root, ["app.py"]);
    expect((await scan(root, one)).violations).toHaveLength(0);
  });

  it("knows nothing of a file under another service or another folder", async () => {
    const root = folder({ "a/x.py": password("hunter22!") });
    const one = options();
    for (const name of ["shop", "store", "shop"]) {
      const report = await scan(root, { ...one, services: [{ name, directory: "a" }] });
      expect(report.violations.map(({ service }) => service)).toEqual([name]);
    }
  });
});

describe("the cache file", () => {
  it("answers without reading files that are as old as their entry says", async () => {
    const root = folder({
      "app.py":
        'from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=["*"])\n',
    });
    const cache = cacheFile();
    const first = await scan(root, { cache });
    const db = openCache(first.root, cache);
    const place = db.known.find({ path: "app.py", service: first.services[0] ?? "" });
    // An entry made long after the last write may be trusted; say so, and say something else of its content.
    const file = place === undefined ? [] : [{ ...db.known.fileAt(place), read_at: Date.now() + 60_000, notes: null }];
    expect(file).toHaveLength(1);
    db.save({ files: file, gone: [], conclusions: undefined, basis: undefined });
    db.close();
    expect((await scan(root, { cache })).violations).toEqual([]);
    appendFileSync(join(root, "app.py"), "\n");
    expect((await scan(root, { cache })).violations).toHaveLength(1);
  });

  it("holds no secret and can be read by its owner only", async () => {
    const cache = cacheFile();
    await scan(bookshop, { cache });
    const text = [cache, `${cache}-wal`].map((path) => {
      try {
        return readFileSync(path, "latin1");
      } catch {
        return "";
      }
    });
    expect(text.join("").length).toBeGreaterThan(1000);
    for (const secret of ["tr0ub4dor", "dev-only-secret"]) expect(text.join("")).not.toContain(secret);
    expect(statSync(cache).mode & 0o077).toBe(0);
  });

  it.each([
    ["is no database", "not a database at all, but long enough to be looked at as one".repeat(100)],
    ["is cut off", "SQLite format 3\0"],
  ])("that %s is begun anew", async (_name, content) => {
    const cache = cacheFile();
    writeFileSync(cache, content);
    const fresh = same(await scan(bookshop, { cache: null }));
    expect(same(await scan(bookshop, { cache }))).toEqual(fresh);
    expect(same(await scan(bookshop, { cache }))).toEqual(fresh);
  });

  it.each([
    ["another format", "zeroblob(64)"],
    ["half of what was written", "substr(data, 1, length(data) / 2)"],
    ["nothing", "x''"],
  ])("that holds %s is begun anew", async (_name, data) => {
    const cache = cacheFile();
    const fresh = same(await scan(bookshop, { cache }));
    for (const rows of ["part >= 0 AND code = ''", "part >= 0 AND code <> ''"]) {
      const db = new Database(cache);
      const table = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().get();
      const { changes } = db.prepare(`UPDATE "${table}" SET data = ${data} WHERE ${rows}`).run();
      // What was concluded from facts must not stand in for them.
      db.prepare(`DELETE FROM "${table}" WHERE part < 0`).run();
      db.close();
      expect(changes).toBeGreaterThan(0);
      for (let round = 0; round < 3; round += 1) expect(same(await scan(bookshop, { cache }))).toEqual(fresh);
    }
  });

  it("is done without where it cannot be written", async () => {
    const occupied = join(scratch, "occupied");
    mkdirSync(occupied);
    expect((await scan(bookshop, { cache: occupied })).violations.length).toBeGreaterThan(20);
    expect(
      (await scan(bookshop, { cache: join(bookshop, "docker-compose.yml", "x.db") })).violations.length,
    ).toBeGreaterThan(20);
  });

  it("lies in the folder's own state folder only where there is one", async () => {
    const root = folder({ "a.py": "x = 1\n", ".super-orchestrator/config.yaml": "" });
    await scan(root);
    expect(statSync(join(root, ".super-orchestrator/scan-cache.db")).size).toBeGreaterThan(0);
    const bare = folder({ "a.py": "x = 1\n" });
    await scan(bare);
    expect(() => statSync(join(bare, ".super-orchestrator"))).toThrow();
  });

  it("serves several scans at once", async () => {
    const cache = cacheFile();
    const fresh = same(await scan(bookshop, { cache: null }));
    const reports = await Promise.all(Array.from({ length: 6 }, () => scan(bookshop, { cache })));
    for (const report of reports) expect(same(report)).toEqual(fresh);
  });
});

describe("threads", () => {
  it("find what one thread finds, in the same order, and stop when told to", async () => {
    const files: Record<string, string> = {};
    for (let n = 0; n < 1500; n += 1)
      files[`s${n % 7}/f${n}.py`] =
        n % 50 === 0 ? `${password(`hunter${n}!`)}bus.publish("ev.n${n}", x)\n` : `x = ${n}\n`;
    for (let n = 0; n < 7; n += 1) files[`s${n}/go.mod`] = "";
    const root = folder(files);
    const threaded = await scan(root, { cache: null });
    const parts: ScanReport["violations"] = [];
    for (let n = 0; n < 7; n += 1) {
      const others = Array.from({ length: 7 }, (_, m) => `s${m}`).filter((_, m) => m !== n);
      parts.push(...(await scan(root, { cache: null, exclude: others, only: ["secrets"] })).violations);
    }
    expect(threaded.violations.filter(({ category }) => category === "secrets")).toEqual(parts);
    expect(threaded.violations.filter(({ code }) => code === "ADV-001")).toHaveLength(30);
    const controller = new AbortController();
    const stopped = new Error("stopped");
    const onProgress = (_message: string, done: number) => {
      if (done > 100) controller.abort(stopped);
    };
    await expect(scan(root, { cache: null, signal: controller.signal, onProgress })).rejects.toBe(stopped);
  });
});
