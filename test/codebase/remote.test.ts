import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRemoteCodebase } from "../../src/codebase/remote.ts";
import type { RemoteTools } from "../../src/model/remote.ts";
import { build1, emptyFolder, NO_PYTHON, PYTHON, type ScriptedTool, scripted } from "../remote.ts";

let folder: ReturnType<typeof emptyFolder>;
let workspace: string;
const open: RemoteTools[] = [];
const opened = (remote: RemoteTools) => {
  open.push(remote);
  return remote;
};
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
};
beforeEach(() => {
  folder = emptyFolder();
  workspace = join(folder.path, "project");
  write("boats/requirements.txt", "fastapi\n");
  write(
    "boats/main.py",
    'from .store import save\n\n@app.get("/boats/{id}")\ndef get_boat(id):\n    bus.publish("boat.seen", {})\n',
  );
  write("boats/store.py", "def save(boat):\n    pass\n\ndef unused_helper():\n    pass\n");
  write("boats/README.md", "# Boats\n");
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((remote) => remote.close()));
  folder.remove();
});

describe.skipIf(!PYTHON)(`a Build 1 index${NO_PYTHON}`, () => {
  const index = () =>
    createRemoteCodebase({ remote: opened(build1("codebase", join(folder.path, "symbols.db"))), workspace });

  it("is told every file of the project, again only what changed", async () => {
    const codebase = index();
    const seen: string[] = [];
    const first = await codebase.index({
      onProgress: (path, done, total) => void seen.push(`${path} ${done}/${total}`),
    });
    expect(first).toMatchObject({ files: 2, files_read: 2, files_removed: 0, lines: 12, symbols: 3, unparsed: [] });
    expect(seen).toEqual(["boats/main.py 0/2", "boats/store.py 1/2"]);
    expect(await codebase.index({})).toMatchObject({ files: 2, files_read: 0, symbols: 3 });
    write("boats/store.py", "def save(boat):\n    pass\n");
    write("boats/App.java", "class App {}\n");
    expect(await codebase.index({})).toMatchObject({
      files: 2,
      files_read: 2,
      symbols: 2,
      skipped: { "refused by the server": 1 },
      unparsed: ["boats/App.java"],
    });
  });

  it("answers in paths of the project, and says what it does not know", async () => {
    const codebase = index();
    await codebase.index({});
    expect(await codebase.findDefinition({ symbol: "save" })).toEqual([
      {
        symbol: "save",
        file: "boats/store.py",
        line: 1,
        kind: "function",
        signature: "def save(boat):",
        language: "python",
        service_name: null,
        exported: null,
      },
    ]);
    expect(await codebase.findDependencies({ file_path: "boats/main.py" })).toEqual({
      file_path: "boats/main.py",
      imports: ["boats/store.py"],
      imported_by: [],
      transitive_deps: ["boats/store.py"],
      circular_deps: [],
      packages: [],
      service_dependencies: [],
      not_reported: ["packages", "service_dependencies"],
    });
    expect(await codebase.findDependencies({ file_path: "boats/store.py", direction: "imported_by" })).toMatchObject({
      imports: [],
      imported_by: ["boats/main.py"],
    });
    expect(await codebase.searchSemantic({ query: "boat", n_results: 1 })).toMatchObject([
      { file_path: "boats/main.py", symbol_name: "get_boat", service_name: "boats", line_start: 4, score: 0.5 },
    ]);
    expect(await codebase.checkDeadCode({ service_name: "boats" })).toEqual([
      {
        symbol_name: "unused_helper",
        what: "symbol",
        file_path: "boats/store.py",
        kind: "function",
        line: 4,
        service_name: "boats",
        confidence: "low",
        reason: "the remote index gives no reason",
      },
    ]);
    expect(await codebase.getServiceInterface({ service_name: "boats" })).toEqual({
      service_name: "boats",
      endpoints: [{ method: "GET", path: "/boats/{id}", handler: "handler", file_path: "", line: 3 }],
      events_published: [{ event: "boat.seen", file_path: "", line: 5 }],
      events_consumed: [],
      http_calls: [],
      environment: [],
      ports: [],
      exported_symbols: ["get_boat", "save", "unused_helper"],
      not_reported: ["http_calls", "environment", "ports"],
    });
  });

  it("knows no callers: that means unknown, not none", async () => {
    const codebase = index();
    await codebase.index({});
    expect(await codebase.findCallers({ symbol: "save" })).toEqual({ callers: [], total: 0, known: false });
  });

  it("that does not know a symbol or service says NOT_FOUND", async () => {
    const codebase = index();
    await expect(codebase.findDefinition({ symbol: "nothing" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("Symbol 'nothing' not found"),
    });
    await expect(codebase.getServiceInterface({ service_name: "nobody" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("knows nothing of the service nobody"),
    });
  });

  it("takes one file, as it is or as it would be", async () => {
    const codebase = index();
    expect(await codebase.registerArtifact({ file_path: "boats/store.py", service_name: "boats" })).toEqual({
      indexed: true,
      symbols_found: 2,
      dependencies_found: 0,
      errors: [],
    });
    const source = "def planned():\n    pass\n";
    await codebase.registerArtifact({ file_path: "boats/new.py", source });
    expect(await codebase.findDefinition({ symbol: "planned" })).toMatchObject([{ file: "boats/new.py", line: 1 }]);
    expect(await codebase.registerArtifact({ file_path: "boats/README.md" })).toMatchObject({
      indexed: false,
      errors: [expect.stringContaining("Unsupported file type")],
    });
    for (const file_path of ["boats/none.py", "../secret.py", "/etc/hostname"])
      expect(await codebase.registerArtifact({ file_path })).toMatchObject({
        indexed: false,
        errors: [expect.stringContaining(file_path)],
      });
  });
});

describe("an index with the specification's tools", () => {
  const index = (tools: Record<string, ScriptedTool>) =>
    createRemoteCodebase({ remote: opened(scripted(tools)), workspace });

  it("is given relative paths, and null for what a location does not tell", async () => {
    const codebase = index({
      find_definition: { takes: ["symbol!", "language"], answers: { file_path: "boats/store.py", line: 1 } },
      find_callers: { takes: ["symbol!"], answers: [{ file_path: "boats/main.py", line: 5 }], blocks: true },
      register_artifact: { takes: ["file_path!", "service_name"], answers: null },
    });
    expect(await codebase.findDefinition({ symbol: "save" })).toMatchObject([
      { file: "boats/store.py", kind: null, signature: "", language: "python", exported: null },
    ]);
    expect(await codebase.findCallers({ symbol: "save" })).toEqual({
      callers: [{ file_path: "boats/main.py", line: 5, caller_symbol: "", service_name: null, resolved_by: "remote" }],
      total: 1,
      known: true,
    });
    expect(await codebase.registerArtifact({ file_path: "boats/store.py" })).toEqual({
      indexed: true,
      symbols_found: null,
      dependencies_found: null,
      errors: [],
    });
    await expect(codebase.registerArtifact({ file_path: "boats/a.py", source: "" })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("takes no source"),
    });
  });

  it("of our own kind is believed in what it says beyond it", async () => {
    const report = {
      files: 2,
      files_read: 2,
      files_removed: 0,
      lines: 9,
      symbols: 3,
      skipped: {},
      unparsed: [],
      duration_ms: 1,
    };
    const caller = { file_path: "a.py", line: 1, caller_symbol: "f", service_name: "boats", resolved_by: "import" };
    const codebase = index({
      index_codebase: { takes: [], answers: { ...report, next_step: "Ask." } },
      find_callers: { takes: ["symbol!", "max_results"], answers: { callers: [caller], total: 40, known: true } },
    });
    expect(await codebase.index({})).toEqual(report);
    expect(await codebase.findCallers({ symbol: "f", max_results: 1 })).toEqual({
      callers: [caller],
      total: 40,
      known: true,
    });
    const empty = index({ find_callers: { takes: ["symbol"], answers: { callers: [], total: 0, known: true } } });
    expect(await empty.findCallers({ symbol: "f" })).toEqual({ callers: [], total: 0, known: true });
  });

  it("that lacks a tool or answers out of schema is told so", async () => {
    const codebase = index({
      find_definition: { takes: ["symbol!"], answers: { line: 3 } },
      check_dead_code: { takes: [], answers: [{ symbol_name: "x", file_path: "a", line: 1, confidence: "sure" }] },
    });
    await expect(codebase.findDefinition({ symbol: "x" })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("find_definition answered out of schema: 0: has no file and line (got"),
    });
    await expect(codebase.checkDeadCode({})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringMatching(/check_dead_code answered out of schema: 0\.confidence/),
    });
    await expect(codebase.searchSemantic({ query: "x" })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("has no tool search_semantic"),
    });
  });
});
