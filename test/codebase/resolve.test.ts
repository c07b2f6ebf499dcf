import { afterAll, describe, expect, it } from "vitest";
import { callersOf, codebaseFolders } from "./folders.ts";

const folders = codebaseFolders();
afterAll(() => folders.remove());

describe("Python", () => {
  it("follows star imports, relative imports, modules, class attributes, super and context managers", async () => {
    const { codebase } = folders.project({
      "pkg/__init__.py": "from .core import *\n",
      "pkg/core.py":
        "class Base:\n    def start(self):\n        pass\n\n    def close(self):\n        pass\n\n    def __enter__(self):\n        return self\n\n\nclass Child(Base):\n    def start(self):\n        super().start()\n",
      "pkg/deep/__init__.py": "",
      "pkg/deep/use.py":
        "from .. import core\nfrom ..core import Child as Kid\nimport pkg.core as pc\n\n\ndef go(child: 'Kid | None', box: Box):\n    child.start()\n    core.Child().start()\n    with pc.Base() as base:\n        base.close()\n    box.close()\n    other().close()\n",
      "top.py":
        "from pkg import Child\n\nitem = Child()\n\n\ndef f():\n    item.start()\n    print(f'{item.close()} {{x}}')\n",
    });
    expect(await callersOf(codebase, "Child.start")).toEqual([
      "pkg/deep/use.py:7 go",
      "pkg/deep/use.py:8 go",
      "top.py:7 f",
    ]);
    expect(await callersOf(codebase, "Base.start")).toEqual(["pkg/core.py:14 Child.start"]);
    const closing = await codebase.findCallers({ symbol: "Base.close" });
    expect(closing.callers.map(({ file_path, line }) => `${file_path}:${line}`)).toEqual([
      "pkg/deep/use.py:10",
      "top.py:8",
    ]);
    expect((await codebase.findCallers({ symbol: "Child" })).total).toBe(3);
  });

  it("does not take a local name, a keyword argument or a library's function for the project's", async () => {
    const { codebase } = folders.project({
      "a.py": "def load():\n    pass\n",
      "b.py":
        "import json\nfrom a import load\n\n\ndef f(load):\n    load()\n\n\ndef g():\n    json.load(load=1)\n    h(load=2)\n\n\ndef k():\n    load()\n",
    });
    expect(await callersOf(codebase, "load")).toEqual(["b.py:15 k"]);
  });
});

describe("TypeScript and JavaScript", () => {
  it("follows barrels, namespaces, defaults, fields, destructuring and packages of the workspace", async () => {
    const { codebase } = folders.project({
      "packages/core/package.json": '{ "name": "@shop/core", "main": "dist/index.js" }',
      "packages/core/src/index.ts":
        'export * as math from "./math";\nexport { Repo as Store } from "./repo";\nexport { default } from "./main";\n',
      "packages/core/src/math.ts": "export const add = (a: number, b: number) => a + b;\n",
      "packages/core/src/repo.ts":
        "export class Repo {\n  save(x: number) {}\n  static open(): Repo {\n    return new Repo();\n  }\n}\n",
      "packages/core/src/main.ts": "export default function start() {}\n",
      "apps/web/package.json": '{ "name": "web" }',
      "apps/web/app.tsx":
        'import begin, { math, Store } from "@shop/core";\n\nclass Page {\n  private store = Store.open();\n  run = async () => {\n    const { store } = this;\n    store.save(math.add(1, 2));\n    this.store?.save(3);\n  };\n}\n\nbegin();\nexport const View = () => <Page onClick={() => `$' +
        "{math.add(1, 1)}`} />;\n",
    });
    expect(await callersOf(codebase, "add")).toEqual(["apps/web/app.tsx:13 View", "apps/web/app.tsx:7 Page.run"]);
    expect(await callersOf(codebase, "Repo.save")).toEqual([
      "apps/web/app.tsx:7 Page.run",
      "apps/web/app.tsx:8 Page.run",
    ]);
    expect(await callersOf(codebase, "Repo.open")).toEqual(["apps/web/app.tsx:4 Page.store"]);
    expect(await callersOf(codebase, "start")).toEqual(["apps/web/app.tsx:12"]);
    expect(await callersOf(codebase, "Page")).toEqual(["apps/web/app.tsx:13 View"]);
  });

  it("says when it cannot tell whether a call is meant", async () => {
    const { codebase } = folders.project({
      "a.ts": "export class A {\n  get() {}\n  unusualName() {}\n}\n",
      "b.ts": "export function f(x, y) {\n  x.get();\n  y.unusualName();\n}\n",
    });
    expect(await codebase.findCallers({ symbol: "A.get" })).toMatchObject({ total: 0, known: false });
    const guessed = await codebase.findCallers({ symbol: "A.unusualName" });
    expect(guessed.callers).toMatchObject([{ file_path: "b.ts", line: 3, resolved_by: "name" }]);
  });

  it("reads strings, templates, comments and regular expressions as what they are", async () => {
    const { codebase } = folders.project({
      "a.js":
        "export function hit() {}\n// hit()\nconst s = \"hit()\" + 'hit()';\nconst t = `hit() $" +
        "{hit()} $" +
        "{`$" +
        '{hit()}`}`;\nconst r = /hit()"/.test(s) / 2;\nhit();\n/* hit() */ const o = { hit: 1 };\n',
    });
    expect(await callersOf(codebase, "hit")).toEqual(["a.js:4 t", "a.js:6"]);
  });
});

describe("Go", () => {
  it("follows packages, embedded structs, constructors and interfaces", async () => {
    const { codebase } = folders.project({
      "go.mod": "module example.com/m\n",
      "db/db.go":
        "package db\n\ntype Conn struct{}\n\nfunc (c *Conn) Ping() error { return nil }\n\ntype Pool struct {\n\tConn\n\tname string\n}\n\nfunc Open() (*Pool, error) { return &Pool{}, nil }\n",
      "main.go":
        'package main\n\nimport (\n\tdata "example.com/m/db"\n)\n\ntype Pinger interface{ Ping() error }\n\nfunc check(p Pinger) { p.Ping() }\n\nfunc main() {\n\tpool, err := data.Open()\n\tpool.Ping()\n\tcheck(pool)\n\t_ = err\n}\n',
    });
    expect(await callersOf(codebase, "Conn.Ping")).toEqual(["main.go:13 main", "main.go:9 check"]);
    expect(await callersOf(codebase, "Open")).toEqual(["main.go:12 main"]);
    expect(await callersOf(codebase, "check")).toEqual(["main.go:14 main"]);
  });
});

describe("Java", () => {
  it("follows packages, fields, static imports, inheritance and records", async () => {
    const { codebase } = folders.project({
      "src/main/java/a/Base.java":
        "package a;\npublic class Base {\n  protected void audit() {}\n  public static int count() { return 1; }\n}\n",
      "src/main/java/b/Line.java":
        "package b;\npublic record Line(int price) {\n  public int total() { return price; }\n}\n",
      "src/main/java/b/Use.java":
        "package b;\nimport a.Base;\nimport static a.Base.count;\npublic class Use extends Base {\n  private Line line;\n  void go() {\n    audit();\n    line.total();\n    var other = new Line(2);\n    other.total();\n    count();\n    Base.count();\n  }\n}\n",
    });
    expect(await callersOf(codebase, "Base.audit")).toEqual(["src/main/java/b/Use.java:7 Use.go"]);
    expect(await callersOf(codebase, "Line.total")).toEqual([
      "src/main/java/b/Use.java:10 Use.go",
      "src/main/java/b/Use.java:8 Use.go",
    ]);
    expect(await callersOf(codebase, "Base.count")).toEqual([
      "src/main/java/b/Use.java:11 Use.go",
      "src/main/java/b/Use.java:12 Use.go",
    ]);
  });
});

describe("loops", () => {
  it("know the elements of typed lists in every language", async () => {
    const { codebase } = folders.project({
      "a.py":
        "class Route:\n    def matches(self):\n        pass\n\n\nclass Router:\n    def __init__(self, routes: list[Route]):\n        self.routes = routes\n\n    def go(self):\n        for route in self.routes:\n            route.matches()\n        self.routes.matches()\n",
      "b.ts":
        "class Job {\n  run() {}\n}\nexport class Pool {\n  jobs: Job[] = [];\n  go(more: Array<Job>) {\n    for (const job of this.jobs) job.run();\n    for (const one of more) one.run();\n    this.jobs[0].run();\n  }\n}\n",
      "c.go":
        "package c\n\ntype Item struct{}\n\nfunc (i *Item) Hold() {}\n\nfunc all(items []*Item) {\n\tfor _, item := range items {\n\t\titem.Hold()\n\t}\n}\n",
      "go.mod": "module c\n",
    });
    expect(await callersOf(codebase, "Route.matches")).toEqual(["a.py:12 Router.go"]);
    expect(await callersOf(codebase, "Job.run")).toEqual(["b.ts:7 Pool.go", "b.ts:8 Pool.go", "b.ts:9 Pool.go"]);
    expect(await callersOf(codebase, "Item.Hold")).toEqual(["c.go:9 all"]);
  });

  it("read what compilers make of imports", async () => {
    const { codebase } = folders.project({
      "config.js": "class Config {\n  static get() {}\n}\nvar _default = exports.default = Config;\n",
      "use.js":
        'var _Config = _interopRequireDefault(require("./config"));\nfunction f() {\n  return _Config.default.get();\n}\n',
    });
    expect(await callersOf(codebase, "Config.get")).toEqual(["use.js:3 f"]);
  });

  it("does not call dead for sure what a table may be asked for", async () => {
    const { codebase } = folders.project({
      "package.json": '{ "name": "web", "private": true }',
      "main.js": 'import { check } from "./formats.js";\n\ncheck(process.argv[2]);\n',
      "formats.js":
        "const FORMATS = {\n  uuid(text) {\n    return text.length === 36;\n  },\n};\n\nexport function check(name) {\n  return FORMATS[name]?.(name);\n}\n\nexport function orphan() {}\n",
    });
    const dead = await codebase.checkDeadCode({});
    expect(dead.map(({ symbol_name, confidence }) => [symbol_name, confidence])).toEqual([
      ["orphan", "high"],
      ["FORMATS.uuid", "low"],
    ]);
  });
});
