// The project that the scanner's benchmarks read: small files as services have them.
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files of the size and mix of real services: routes, clients, models, tests, settings. */
const KINDS: ((n: number) => [string, string])[] = [
  (n) => [
    `routes_${n}.py`,
    `from fastapi import APIRouter, Depends\nfrom .auth import get_current_user\n\nrouter = APIRouter()\n\n${repeat(8, (i) => `@router.post("/orders_${n}_${i}")\nasync def create_${i}(order: Order, user=Depends(get_current_user)):\n    """Create order ${i}."""\n    total = sum(item.price * item.quantity for item in order.items)\n    if total > limit_${i}:\n        raise HTTPException(status_code=422, detail="too much")\n    return await store.save(order, total, user.id)\n\n`)}`,
  ],
  (n) => [
    `model${n}.ts`,
    `import { z } from "zod";\n\n${repeat(12, (i) => `export const Order${n}_${i} = z.object({ id: z.string(), amount: z.number().int(), note: z.string().optional() });\nexport type Order${n}_${i} = z.infer<typeof Order${n}_${i}>;\nexport function total${i}(orders: Order${n}_${i}[]): number {\n  return orders.filter((order) => order.amount > ${i}).reduce((sum, order) => sum + order.amount, 0);\n}\n\n`)}`,
  ],
  (n) => [
    `handler_${n}.go`,
    `package orders\n\nimport (\n\t"encoding/json"\n\t"net/http"\n)\n\n${repeat(8, (i) => `func handle${n}x${i}(w http.ResponseWriter, r *http.Request) {\n\tvar order Order\n\tif err := json.NewDecoder(r.Body).Decode(&order); err != nil {\n\t\thttp.Error(w, err.Error(), 400)\n\t\treturn\n\t}\n\tw.WriteHeader(201)\n}\n\n`)}`,
  ],
  (n) => [
    `client${n}.js`,
    `import { traced } from "./http.js";\n\n${repeat(10, (i) => `export async function load${i}(id) {\n  const answer = await traced(\`/orders/\${id}/${n}\`, { headers: { accept: "application/json" } });\n  if (!answer.ok) throw new Error(\`order \${id}: \${answer.status}\`);\n  return answer.json();\n}\n\n`)}`,
  ],
  (n) => [
    `Order${n}Controller.java`,
    `package shop.orders;\n\nimport org.springframework.web.bind.annotation.*;\nimport org.slf4j.Logger;\nimport org.slf4j.LoggerFactory;\n\n@RestController\n@RequestMapping("/v1/orders_${n}")\npublic class Order${n}Controller {\n  private static final Logger log = LoggerFactory.getLogger(Order${n}Controller.class);\n  private final OrderStore store;\n\n${repeat(6, (i) => `  @PreAuthorize("hasRole('CLERK')")\n  @PostMapping("/part_${i}")\n  public Order create${i}(@RequestBody @Valid NewOrder order) {\n    log.info("order {} of part ${i}", order.id());\n    if (order.items().isEmpty()) {\n      throw new BadRequestException("no items");\n    }\n    return store.save(order.withTotal(order.items().stream().mapToInt(Item::price).sum()));\n  }\n\n`)}}\n`,
  ],
  (n) => [`settings_${n}.yaml`, repeat(30, (i) => `option_${n}_${i}:\n  value: ${i}\n  from: environment\n`)],
];

function repeat(times: number, text: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => text(index)).join("");
}

/** What a service has beside its code: its contract names every route of the code. */
function manifestsOf(service: number, count: number): Record<string, string> {
  const paths: Record<string, object> = {};
  for (let n = service; n < count; n += 20) {
    const names =
      n % KINDS.length === 0
        ? Array.from({ length: 8 }, (_, i) => `/orders_${n}_${i}`)
        : n % KINDS.length === 4
          ? Array.from({ length: 6 }, (_, i) => `/v1/orders_${n}/part_${i}`)
          : [];
    for (const name of names) paths[name] = { post: { responses: { 201: { description: "made" } } } };
  }
  const schemas = { Order: { type: "object", properties: { id: { type: "string" }, amount: { type: "integer" } } } };
  return {
    "package.json": "{}",
    Dockerfile:
      'FROM node:22-alpine\nWORKDIR /app\nCOPY package.json ./\nUSER node\nHEALTHCHECK CMD wget -qO- localhost/health\nCMD ["node", "app.js"]\n',
    "openapi.json": JSON.stringify({
      openapi: "3.1.0",
      info: { title: "x", version: "1" },
      paths,
      components: { schemas },
    }),
  };
}

/** Writes so many files of 20 services into a new folder below the system's temporary one; gives it and their bytes. */
export function serviceTree(count: number): { root: string; bytes: number } {
  const root = mkdtempSync(join(tmpdir(), "so-bench-scan-"));
  let bytes = 0;
  for (let n = 0; n < count; n += 1) {
    const [name, text] = KINDS[n % KINDS.length]?.(n) ?? ["", ""];
    const path = join(root, `service-${n % 20}`, `part-${n % 200}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    bytes += text.length;
  }
  for (let n = 0; n < 20; n += 1)
    for (const [name, text] of Object.entries(manifestsOf(n, count))) {
      writeFileSync(join(root, `service-${n}`, name), text);
      utimesSync(join(root, `service-${n}`, name), 1_700_000_000, 1_700_000_000);
    }
  writeFileSync(
    join(root, "docker-compose.yml"),
    `services:\n${repeat(20, (n) => `  service-${n}:\n    build: ./service-${n}\n    depends_on: [service-${(n + 1) % 20}]\n`)}`,
  );
  mkdirSync(join(root, ".super-orchestrator"));
  return { root, bytes };
}
