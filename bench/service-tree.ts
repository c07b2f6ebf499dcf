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
  for (let n = 0; n < 20; n += 1) writeFileSync(join(root, `service-${n}`, "package.json"), "{}");
  mkdirSync(join(root, ".super-orchestrator"));
  return { root, bytes };
}
