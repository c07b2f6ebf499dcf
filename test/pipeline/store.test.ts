import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/lib/db.ts";
import { databasePath } from "../../src/pipeline/paths.ts";
import {
  commitEvent,
  eventsOf,
  markInterrupted,
  openStore,
  pipelineIds,
  pipelineOf,
  requestStop,
  stopRequest,
} from "../../src/pipeline/store.ts";
import { emptyProject, MIGRATIONS, newPipeline, type Project } from "./harness.ts";

const start = { type: "start_architect", prd_length: 500, config_loaded: true } as const;
let project: Project;
beforeEach(() => {
  project = emptyProject();
});
afterEach(() => project.remove());

describe("moves", () => {
  it("keeps snapshot and event together", () => {
    const lease = newPipeline(project);
    expect(commitEvent(project.db, lease, start)).toBe("architect_running");
    expect(pipelineOf(project.db, "shop-1")).toMatchObject({ state: "architect_running", previous_state: "init" });
    expect(eventsOf(project.db, "shop-1").map(({ kind, to_state }) => [kind, to_state])).toEqual([
      ["created", "init"],
      ["start_architect", "architect_running"],
    ]);
  });

  it("refuses an event that does not apply, and keeps nothing of it", () => {
    const lease = newPipeline(project);
    expect(() => commitEvent(project.db, lease, { type: "fix_done" })).toThrow(/does not apply/);
    expect(pipelineOf(project.db, "shop-1").state).toBe("init");
    expect(eventsOf(project.db, "shop-1")).toHaveLength(1);
  });

  it("is seen by another connection at once", () => {
    const lease = newPipeline(project);
    const other = openStore(databasePath(project.workspace), MIGRATIONS);
    commitEvent(project.db, lease, start);
    expect(pipelineOf(other, "shop-1").state).toBe("architect_running");
    requestStop(other, "shop-1", { kind: "cancel", reason: "enough" });
    expect(stopRequest(project.db, "shop-1")).toEqual({ kind: "cancel", reason: "enough" });
    other.close();
  });

  it("clears the mark of an interruption with the next move", () => {
    const lease = newPipeline(project);
    markInterrupted(project.db, lease, "Ctrl-C");
    expect(pipelineOf(project.db, "shop-1")).toMatchObject({ interrupted: true, interrupt_reason: "Ctrl-C" });
    commitEvent(project.db, lease, start);
    expect(pipelineOf(project.db, "shop-1")).toMatchObject({ interrupted: false, interrupt_reason: "" });
  });
});

describe("lookups", () => {
  it("names the nearest pipeline", () => {
    newPipeline(project, "shop-20260101-ab12");
    expect(() => pipelineOf(project.db, "shop-20260101-ab21")).toThrow(/did you mean shop-20260101-ab12/);
  });

  it("lists the newest first", () => {
    for (const id of ["a", "b", "c"]) newPipeline(project, id);
    expect(pipelineIds(project.db)).toEqual(["c", "b", "a"]);
  });
});

describe("the database file", () => {
  const path = () => join(project.workspace, "other.db");

  it("refuses a newer schema and leaves it untouched", () => {
    const newer = openDatabase(path(), [...MIGRATIONS, "CREATE TABLE later (id TEXT) STRICT;"]);
    newer.pragma("wal_checkpoint(TRUNCATE)");
    newer.close();
    const before = readFileSync(path());
    expect(() => openDatabase(path(), MIGRATIONS)).toThrow(/schema version 2; this program knows up to 1/);
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  it("refuses what is no database and leaves it untouched", () => {
    writeFileSync(path(), "these are my notes, not a database".repeat(100));
    const before = readFileSync(path());
    expect(() => openDatabase(path(), MIGRATIONS)).toThrow(/cannot be read as a database/);
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  it("refuses a damaged database", () => {
    const db = openDatabase(path(), MIGRATIONS);
    for (let n = 0; n < 200; n += 1) db.prepare("CREATE TABLE IF NOT EXISTS filler (t TEXT)").run();
    for (let n = 0; n < 500; n += 1) db.prepare("INSERT INTO filler VALUES (?)").run("x".repeat(500));
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
    const bytes = readFileSync(path());
    bytes.fill(0xff, 4096, 40_000);
    writeFileSync(path(), bytes);
    expect(() => openDatabase(path(), MIGRATIONS)).toThrow(/cannot be read as a database/);
    expect(readFileSync(path()).equals(bytes)).toBe(true);
  });

  it("migrates forward and keeps what is there", () => {
    const old = openDatabase(path(), ["CREATE TABLE notes (text TEXT) STRICT;"]);
    old.prepare("INSERT INTO notes VALUES ('kept')").run();
    old.close();
    const steps = ["CREATE TABLE notes (text TEXT) STRICT;", "ALTER TABLE notes ADD COLUMN at TEXT;"];
    const next = openDatabase(path(), steps);
    expect(next.prepare("SELECT * FROM notes").all()).toEqual([{ text: "kept", at: null }]);
    next.close();
  });

  it("survives power loss by default", () => {
    expect(project.db.pragma("synchronous", { simple: true })).toBe(2);
    expect(project.db.pragma("journal_mode", { simple: true })).toBe("wal");
  });
});
