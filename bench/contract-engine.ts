// The contract engine on a large API: `npx tsx bench/contract-engine.ts [openapi.json]`; without a file, 1,000 made-up operations.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContractChanges } from "../src/contracts/changes.ts";
import { createContractEngine } from "../src/contracts/engine.ts";
import { createContractRegistry } from "../src/contracts/registry.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "../src/contracts/tables.ts";
import { openDatabase } from "../src/lib/db.ts";

type Json = Record<string, unknown>;

function madeUp(): Json {
  const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const json = (name: string) => ({ "application/json": { schema: schema(name) } });
  const paths: Json = {};
  const schemas: Json = {};
  for (let index = 0; index < 250; index += 1) {
    const name = `Thing${index}`;
    const parameters = [{ name: "id", in: "path", required: true, schema: { type: "integer", minimum: 1 } }];
    const responses = { "200": { description: "It.", content: json(name) }, "404": { description: "None." } };
    const requestBody = { required: true, content: json(name) };
    paths[`/things${index}`] = { get: { responses }, post: { requestBody, responses } };
    paths[`/things${index}/{id}`] = { get: { parameters, responses }, put: { parameters, requestBody, responses } };
    schemas[name] = {
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string", minLength: 1, maxLength: 40 },
        size: { type: "integer", minimum: 0, maximum: 100 },
        state: { enum: ["open", "closed"] },
        parent: schema(name),
        next: schema(`Thing${(index + 1) % 250}`),
      },
    };
  }
  return { openapi: "3.1.0", info: { title: "Things", version: "1.0.0" }, paths, components: { schemas } };
}

async function timed<Result>(what: string, work: () => Result | Promise<Result>): Promise<Result> {
  const begin = performance.now();
  const result = await work();
  console.log(`${what.padEnd(44)} ${(performance.now() - begin).toFixed(0).padStart(7)} ms`);
  return result;
}

const folder = mkdtempSync(join(tmpdir(), "bench-contracts-"));
const db = openDatabase(join(folder, "state.db"), [CONTRACT_TABLES, CONTRACT_VERSIONS]);
try {
  const [, , file] = process.argv;
  const spec: Json = file === undefined ? madeUp() : JSON.parse(readFileSync(file, "utf8"));
  const engine = createContractEngine(db, { observe: async () => ({ code: null, answered: null }) });
  const changes = createContractChanges(db, createContractRegistry(db));
  console.log(`${Object.keys(spec.paths as Json).length} paths, ${JSON.stringify(spec).length} characters`);
  const draft = { service_name: "big", type: "openapi" as const, version: "1.0.0", spec };
  const { id } = await timed("register", () => engine.register(draft, null));
  const path =
    Object.keys(spec.paths as Json)
      .at(-1)
      ?.replace(/\{[^}]*\}/g, "7") ?? "/";
  const exchange = { service_name: "big", method: "GET", path, status_code: 200, response_body: { name: "x" } };
  await timed("validate_endpoint, first", () => engine.validateEndpoint(exchange));
  await timed("validate_endpoint, 1,000 more", async () => {
    for (let count = 0; count < 1000; count += 1) await engine.validateEndpoint(exchange);
  });
  const made = await timed("generate_tests", () => engine.generateTests(id, { framework: "node" }));
  console.log(`  ${made.cases.length} cases, ${made.skipped?.length} operations without`);
  const [first = "", ...others] = Object.keys(spec.paths as Json);
  const left = Object.fromEntries(others.map((other) => [other, (spec.paths as Json)[other]]));
  const request = await timed(`propose a change (without ${first})`, () =>
    changes.propose({ contract_id: id, spec: { ...spec, paths: left }, reason: "" }),
  );
  await timed("what it breaks, and for whom", () => changes.assess(request.id));
  await timed("get_unimplemented", () => engine.getUnimplemented({}));
} finally {
  db.close();
  rmSync(folder, { recursive: true, force: true });
}
