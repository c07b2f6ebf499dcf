import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ScanReport } from "../../src/model/scan-report.ts";
import type { ScanRequest } from "../../src/quality-gate/port.ts";
import { scanFolders } from "./folders.ts";

const { scratch, folder, write, scan, remove } = scanFolders();
afterAll(remove);

const contract = (...operations: string[]) =>
  `openapi: 3.1.0\npaths:\n${operations.map((one) => `  ${one}:\n    post: {responses: {}}\n`).join("")}components: {schemas: {Order: {properties: {user_id: {}, total: {}}}}}\n`;
const spring = (annotation: string, name: string, rest: string) =>
  `package shop;\nimport org.springframework.web.bind.annotation.*;\n${annotation}\npublic ${name} {\n${rest}}\n`;

/** What each file may hold; null: it is not there. Every kind of file that a rule reads, with what changes findings. */
const VARIANTS: Record<string, readonly (string | null)[]> = {
  "orders/package.json": ["{}", '{"dependencies": {"express": "^5.0.0"}}', '{"dependencies": {"dd-trace": "5"}}'],
  "orders/app.js": [
    'const express = require("express");\nconst app = express();\napp.post("/orders", create);\napp.get("/health", ok);\napp.listen(3000);\n',
    'const express = require("express");\nconst app = express();\napp.use(requireAuth);\napp.post("/orders", create);\napp.listen(3000);\n',
    'const express = require("express");\nconst app = express();\napp.post("/refunds", async (req, res) => { res.json({ userId: await load() }); });\napp.listen(3000);\n',
  ],
  "orders/bus.js": ['bus.publish("order.created", order);\n', 'bus.publish("order.creatd", order);\n', null],
  "orders/client.js": [
    'import axios from "axios";\nexport const load = () => axios.get("http://mail:8080/mails");\n',
    'import axios from "axios";\n\nexport const load = () => axios.get("http://mail:8080/mails", { headers: { traceparent } });\n',
    null,
  ],
  "orders/openapi.yaml": [contract("/orders"), contract("/orders", "/refunds"), null],
  "contracts/mail.openapi.yaml": [contract("/mails").replace("user_id", "userId"), contract("/mail"), null],
  "mail/requirements.txt": ["fastapi\n", "fastapi\nopentelemetry-instrumentation-httpx\n"],
  "mail/app.py": [
    'from fastapi import FastAPI, Depends\napp = FastAPI()\n\n@app.post("/mails")\ndef send(mail, user=Depends(get_current_user)): ...\n',
    'from fastapi import FastAPI\napp = FastAPI()\n\n# moved\n@app.post("/mails")\ndef send(mail): ...\n',
    'import httpx\nbus.subscribe("order.created", send)\nhttpx.get(url)\nprint(1)\n',
  ],
  "mail/settings.py": ["DEBUG = True\n", 'DB_PASSWORD = "hunter22!x"\n', 'from .app import send\nprint("x")\n', null],
  "stock/pom.xml": ["<project/>", "<project><artifactId>spring-boot-starter-security</artifactId></project>"],
  "stock/StockController.java": [
    spring("@RestController", "class StockController implements StockApi", "public void add() {}\n"),
    spring("@RestController", "class StockController", '@PostMapping("/stock") public void add() {}\n'),
  ],
  "api/pom.xml": ["<project/>"],
  "api/StockApi.java": [
    spring("", "interface StockApi", '@PostMapping("/stock") void add();\n'),
    spring("", "interface StockApi", '@PreAuthorize("x") @PostMapping("/stock") void add();\n'),
    null,
  ],
  "gate/go.mod": ["module shop/gate\n"],
  "gate/main.go": [
    'package main\nimport "net/http"\nfunc main() { http.HandleFunc("/admin", admin); http.ListenAndServe(":80", nil) }\n',
    'package main\nimport "net/http"\nvar seen = map[string]int{}\nfunc main() { http.HandleFunc("/healthz", ok); http.ListenAndServe(":80", nil) }\nfunc ok(w http.ResponseWriter, r *http.Request) { seen["a"]++ }\n',
  ],
  "gate/Dockerfile": ["FROM golang\nCOPY . .\n", "FROM golang:1.23\nUSER app\nENV API_TOKEN=abc123def456\n", null],
  "gate/.dockerignore": [".git\n", null],
  "compose.yaml": [
    "services:\n  orders: {build: ./orders}\n  mail: {build: ./mail, privileged: true}\n",
    "services:\n  orders:\n    build: ./orders\n    command: node --require dd-trace/init app.js\n    depends_on: [mail, stock]\n",
    null,
  ],
  "k8s/orders.yaml": [
    "apiVersion: v1\nkind: Pod\nmetadata: {name: orders}\nspec: {hostNetwork: true, containers: [{name: a}]}\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: orders}\nspec: {containers: [{name: a}]}\n",
  ],
  "asyncapi.yaml": ["asyncapi: 2.6.0\nchannels: {order.creatd: {}}\n", null],
  "README.md": ["# Shop\n", "# Shop\n\nhttp://gate:80\n"],
};
const PATHS = Object.keys(VARIANTS);
const same = (report: ScanReport) => ({ ...report, duration_ms: 0 });

/** Whole numbers below a limit, the same for the same seed (https://en.wikipedia.org/wiki/Linear_congruential_generator). */
function chance(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function put(root: string, path: string, draw: (limit: number) => number): void {
  const all = VARIANTS[path] ?? [];
  const text = all[draw(all.length)] ?? null;
  if (text === null) rmSync(join(root, path), { force: true });
  else write(root, { [path]: text });
}

describe.each<[string, () => Pick<ScanRequest, "cache">]>([
  ["in a file", () => ({ cache: join(scratch, "rescan.db") })],
  ["in memory", () => ({})],
])("edits of any files, with what is known kept %s", (_where, options) => {
  it("are answered one by one as by a scan that knows nothing", async () => {
    const root = folder();
    // None of these first variants holds a secret, so that everything is kept.
    for (const path of PATHS) write(root, { [path]: VARIANTS[path]?.[0] ?? "" });
    const one = options();
    const reports = new Map<string, Set<string>>();
    for (const path of PATHS)
      for (const text of [...(VARIANTS[path] ?? []), VARIANTS[path]?.[0] ?? ""]) {
        if (text === null) rmSync(join(root, path));
        else write(root, { [path]: text });
        const fresh = same(await scan(root, { cache: null }));
        expect(same(await scan(root, one))).toEqual(fresh);
        reports.set(path, (reports.get(path) ?? new Set()).add(JSON.stringify(fresh.violations)));
      }
    // These files decide what is found in other services.
    for (const path of ["api/StockApi.java", "contracts/mail.openapi.yaml", "compose.yaml", "mail/app.py"])
      expect(reports.get(path)?.size).toBeGreaterThan(1);
  }, 60_000);

  it("are answered by chance, twenty times, as by a scan that knows nothing", async () => {
    const draw = chance(20261129);
    const root = folder();
    for (const path of PATHS) put(root, path, draw);
    const one = options();
    const codes = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      // Mostly one file, now and then several, and sometimes none.
      for (let edits = draw(4); edits > 0; edits -= 2) put(root, PATHS[draw(PATHS.length)] ?? "", draw);
      const fresh = same(await scan(root, { cache: null }));
      expect(same(await scan(root, one))).toEqual(fresh);
      for (const { code } of fresh.violations) codes.add(code);
    }
    // What never found anything could not have gone wrong.
    for (const code of ["SEC-001", "ADV-001", "ADV-002", "ADV-004", "TRACE-001", "HEALTH-001"])
      expect(codes).toContain(code);
  }, 60_000);

  it("and so are scans of some rules, of one service and of two at once in between", async () => {
    const draw = chance(7);
    const root = folder();
    for (const path of PATHS) put(root, path, draw);
    const one = options();
    const asked: Partial<ScanRequest>[] = [
      {},
      { only: ["security"] },
      { only: ["adversarial"] },
      { only: ["secrets"] },
    ];
    for (let round = 0; round < 12; round += 1) {
      put(root, PATHS[draw(PATHS.length)] ?? "", draw);
      const over = asked[draw(asked.length)] ?? {};
      const fresh = same(await scan(root, { ...over, cache: null }));
      const reports = await Promise.all([scan(root, { ...one, ...over }), scan(root, { ...one, ...over })]);
      for (const report of reports) expect(same(report)).toEqual(fresh);
    }
  }, 60_000);
});
