// The index of the code on a million lines of four languages, beside universal-ctags, which knows definitions only.
//   npm run build && npx tsx bench/codebase.ts [lines] [folder]     (folder: real code instead of what is made up)
// What an index costs at least is parsing, which the same run measures alone in one warm thread; on a machine that does
// other things as well only the ratio of processor times says something. Of the work of a thread, in shares that a
// profile gives once it is warm: parsing 40 %, the outline's query 16 % (six tenths of it is going through the tree at
// all), what is made of its matches 12 %, names from the text 8 %, words for the search 6 %, collecting garbage 7 %,
// reading and digests 5 %, freeing trees 3 %. A cold thread needs about as much again for its first 30,000 lines.
// Tried and left: walking the tree once with a cursor instead of the query costs as much as parsing (2.5 times the
// query); fewer patterns, no progress callback, a larger young generation, indices after the load and larger pages of
// the database are within the noise. Writing takes 0.2 s of processor for 100,000 lines.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { build } from "esbuild";

const wanted = Number(process.argv[2] ?? 1_000_000);
const given = process.argv[3];
const scratch = mkdtempSync(join(tmpdir(), "so-bench-codebase-"));
const root = given ?? join(scratch, "project");

const repeat = (times: number, text: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => text(index)).join("");

/** Files of the size and mix of services: classes that call each other through imports, fields and types. */
const KINDS: ((n: number) => [string, string])[] = [
  (n) => [
    `orders_${n}.py`,
    `from .base import Repository\nfrom .orders_${n - 4 > 0 ? n - 4 : n} import place_${n}_0 as earlier\n\n\n${repeat(
      9,
      (i) =>
        `class Orders${n}x${i}:\n    def __init__(self, repository: Repository):\n        self.repository = repository\n        self.limit = ${i}\n\n    def create_${n}_${i}(self, order, user=None):\n        """Create an order and keep it."""\n        total = sum(item.price * item.quantity for item in order.items)\n        if total > self.limit:\n            raise ValueError("too much")\n        return self.repository.save(order, total)\n\n\ndef place_${n}_${i}(order):\n    return Orders${n}x${i}(Repository()).create_${n}_${i}(order)\n\n\n`,
    )}`,
  ],
  (n) => [
    `invoices_${n}.ts`,
    `import { Store } from "./store";\n\n${repeat(
      10,
      (i) =>
        `export class Invoices${n}x${i} {\n  constructor(private readonly store: Store) {}\n\n  async create${n}x${i}(id: string, cents: number): Promise<number> {\n    const known = await this.store.find(id);\n    if (known) return known.cents;\n    for (const line of [1, 2, 3]) {\n      this.store.keep(id, line * cents);\n    }\n    return cents;\n  }\n}\n\nexport const bill${n}x${i} = (store: Store) => new Invoices${n}x${i}(store).create${n}x${i}("x", ${i});\n\n`,
    )}`,
  ],
  (n) => [
    `stock_${n}.go`,
    `package stock\n\nimport (\n\t"encoding/json"\n\t"net/http"\n)\n\n${repeat(
      9,
      (i) =>
        `type Shelf${n}x${i} struct {\n\tname string\n\tkeeper Keeper\n}\n\nfunc (s *Shelf${n}x${i}) Reserve${n}x${i}(w http.ResponseWriter, r *http.Request) error {\n\tvar order Order\n\tif err := json.NewDecoder(r.Body).Decode(&order); err != nil {\n\t\treturn err\n\t}\n\treturn s.keeper.Hold(order.ID)\n}\n\nfunc NewShelf${n}x${i}(k Keeper) *Shelf${n}x${i} {\n\treturn &Shelf${n}x${i}{keeper: k}\n}\n\n`,
    )}`,
  ],
  (n) => [
    `Mail${n}.java`,
    `package shop.mail;\n\nimport java.util.List;\n\npublic class Mail${n} {\n    private final Sender sender;\n\n    public Mail${n}(Sender sender) {\n        this.sender = sender;\n    }\n\n${repeat(
      12,
      (i) =>
        `    public int send${n}x${i}(List<String> names) {\n        int count = 0;\n        for (String name : names) {\n            sender.deliver(name, ${i});\n            count += 1;\n        }\n        return check${n}x${i}(count);\n    }\n\n    private int check${n}x${i}(int count) {\n        return count > ${i} ? count : 0;\n    }\n\n`,
    )}}\n`,
  ],
];

function makeProject(): void {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    utimesSync(join(root, path), 1_700_000_000, 1_700_000_000);
  };
  let lines = 0;
  for (let n = 0; lines < wanted; n += 1) {
    const [name, text] = KINDS[n % KINDS.length]?.(n) ?? ["", ""];
    put(`service-${n % 20}/part-${Math.floor(n / 20) % 40}/${name}`, text);
    lines += text.split("\n").length - 1;
  }
  for (let n = 0; n < 20; n += 1) put(`service-${n}/package.json`, "{}");
  for (let n = 0; n < 20; n += 1)
    for (let part = 0; part < 40; part += 1) {
      put(
        `service-${n}/part-${part}/base.py`,
        "class Repository:\n    def save(self, order, total):\n        return order\n",
      );
      put(
        `service-${n}/part-${part}/store.ts`,
        "export class Store {\n  async find(id: string) { return undefined; }\n  keep(id: string, cents: number) {}\n}\n",
      );
    }
}

const percentile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** The index as it is shipped: bundled, its threads beside it in dist/. */
async function bundled(): Promise<string> {
  const outfile = join(import.meta.dirname, "..", "dist", "bench-codebase.js");
  await build({
    stdin: {
      contents: `export { createBuiltinCodebase } from "./src/codebase/builtin.ts"; export { openSession } from "./src/codebase/session.ts"; export { callersOf } from "./src/codebase/resolve/callers.ts"; export { definitionsOf } from "./src/codebase/resolve/symbols.ts"; export { loadGrammars, parseSource } from "./src/source/syntax.ts"; export { languageOf } from "./src/source/languages.ts"; export { walk } from "./src/source/walk.ts";`,
      resolveDir: join(import.meta.dirname, ".."),
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3", "web-tree-sitter", "@vscode/tree-sitter-wasm"],
    banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
    define: { __INDEX_VERSION__: '"be0c4000"' },
    logLevel: "error",
  });
  return outfile;
}

try {
  if (given === undefined) makeProject();
  const code = (await import(await bundled())) as typeof import("../src/codebase/builtin.ts") &
    typeof import("../src/codebase/session.ts") &
    typeof import("../src/codebase/resolve/callers.ts") &
    typeof import("../src/codebase/resolve/symbols.ts") &
    typeof import("../src/source/syntax.ts") &
    typeof import("../src/source/languages.ts") &
    typeof import("../src/source/walk.ts");
  const index = join(scratch, "index.db");
  const codebase = code.createBuiltinCodebase({ root, index });
  let begun = performance.now();
  const cpu = cpuSeconds();
  const report = await codebase.index({});
  const [wall, spent] = [(performance.now() - begun) / 1000, cpuSeconds() - cpu];
  const say = (what: string, value: string) => console.log(`${what.padEnd(44)} ${value}`);
  say("files, lines, symbols", `${report.files}, ${report.lines}, ${report.symbols}`);
  say("index", `${wall.toFixed(1)} s, ${Math.round(report.lines / wall)} lines/s`);
  say("index, processor time", `${spent.toFixed(1)} s, ${Math.round(report.lines / spent)} lines per processor second`);
  say("memory at most, with all threads", `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);

  const sources = code.walk(root, [], new AbortController().signal).files.flatMap(({ path }) => {
    const language = code.languageOf(path);
    return language ? [{ path, language, text: readFileSync(join(root, path), "utf8") }] : [];
  });
  await code.loadGrammars(sources);
  const parseAll = (some: typeof sources) => {
    const from = cpuSeconds();
    for (const { path, language, text } of some) code.parseSource(path, language, text)?.delete();
    return cpuSeconds() - from;
  };
  parseAll(sources.slice(0, 500));
  const parsing = parseAll(sources);
  say(
    "parsing alone, one warm thread",
    `${parsing.toFixed(1)} s processor, ${Math.round(report.lines / parsing)} lines/s; the index takes ${(spent / parsing).toFixed(1)} x the processor`,
  );

  const time = spawnSync(
    "/usr/bin/time",
    ["-f", "%e %U %S", "ctags", "-R", "--languages=Python,TypeScript,JavaScript,Go,Java", "-f", "/dev/null", root],
    { encoding: "utf8" },
  );
  const [elapsed = 0, user = 0, system = 0] =
    (time.stderr ?? "").trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  if (time.status === 0)
    say(
      "universal-ctags, definitions only",
      `${elapsed.toFixed(1)} s, ${(user + system).toFixed(1)} s processor; the index takes ${(wall / elapsed).toFixed(1)} x the time, ${(spent / (user + system)).toFixed(1)} x the processor`,
    );
  else say("universal-ctags", "not installed");

  // Stamps younger than two seconds are not trusted.
  await new Promise((ready) => setTimeout(ready, 2500));
  await codebase.index({});
  const fresh: number[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    begun = performance.now();
    await codebase.index({});
    fresh.push(performance.now() - begun);
  }
  say("look that nothing changed, median", `${percentile(fresh, 0.5).toFixed(0)} ms`);

  const session = code.openSession(root, index);
  const { snapshot } = await session.look(undefined);
  const symbols = session.db
    .prepare(
      "SELECT DISTINCT name FROM definitions WHERE kind IN ('function', 'method', 'class') ORDER BY (id * 7919) % 1000003 LIMIT 400",
    )
    .pluck()
    .all() as string[];
  const alone: number[] = [];
  for (const symbol of symbols) {
    const { names } = session.glance();
    begun = performance.now();
    code.callersOf(snapshot, names, code.definitionsOf(snapshot, symbol));
    alone.push(performance.now() - begun);
  }
  say(
    "find_callers, 400 symbols: median, p95, max",
    [0.5, 0.95, 1].map((share) => `${percentile(alone, share).toFixed(1)} ms`).join(", "),
  );
  const asked = async (pause: number) => {
    const times: number[] = [];
    for (const symbol of symbols.slice(0, 60)) {
      await new Promise((ready) => setTimeout(ready, pause));
      begun = performance.now();
      await codebase.findCallers({ symbol });
      times.push(performance.now() - begun);
    }
    return [0.5, 0.95].map((share) => `${percentile(times, share).toFixed(1)} ms`).join(", ");
  };
  say("the same with a look at the folder: median, p95", await asked(200));
  say("the same, one after the other: median, p95", await asked(0));

  const edited = [...snapshot.files.values()].find(({ language, lines }) => language !== "" && lines > 80);
  if (edited && given === undefined) {
    const times: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      begun = performance.now();
      await codebase.registerArtifact({ file_path: edited.path });
      times.push(performance.now() - begun);
    }
    say(`re-index one file of ${edited.lines} lines, median`, `${percentile(times, 0.5).toFixed(0)} ms`);
  }
  codebase.close();
  session.close();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
