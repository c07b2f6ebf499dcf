import { describe, expect, it } from "vitest";
import { readOutline } from "../../../src/architect/read/read.ts";
import { AppError } from "../../../src/lib/errors.ts";

/** Whatever comes back, it comes back: the time limit of the test only catches what would never end. */
function survive(markdown: string): number {
  try {
    return readOutline(markdown).services.length;
  } catch (error) {
    if (error instanceof AppError && error.code === "PRD_UNREADABLE") return 0;
    throw error;
  }
}

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_each, index) => line(index)).join("\n");
const head = "# Big\n\n| Service | Description |\n|---|---|\n| a-service | first |\n| b-service | second |\n\n";

const inputs: Record<string, () => string> = {
  "a table of 10,000 rows": () =>
    `${head}## Events\n\n| Event | Publisher | Payload | Consumers |\n|---|---|---|---|\n${many(10_000, (n) => `| thing.n${n} | a-service | { id, n${n} } | b-service |`)}`,
  "5,000 headings": () => head + many(5_000, (n) => `## Heading ${n} Entity\n\n- id: uuid\n- status: enum [a, b]\n`),
  "3,000 services with entities": () =>
    many(
      3_000,
      (n) => `## Service ${n}: s${n}-service\n\n### Thing${n}\n\n| Field | Type |\n|---|---|\n| id | uuid |\n`,
    ),
  "2,000 state machines": () => head + many(2_000, (n) => `### Thing${n} State Machine\n\nopen -> closed\n`),
  "lists nested 1,000 deep": () => head + many(1_000, (n) => `${"  ".repeat(n)}- a${n}: uuid`),
  "quotes nested 5,000 deep": () => `${head}${">".repeat(5_000)} a`,
  "one line of a megabyte": () => `${head}${"order-service publishes `order.created` -> ".repeat(25_000)}`,
  "one word of a megabyte": () => `${head}${"a".repeat(1_000_000)}`,
  "arrows without end": () => `${head}## Thing State Machine\n\n${"a -> ".repeat(4_000)}b`,
  "brackets without end": () =>
    `${head}## API\n\n#### POST /a\n\n**Request Body:**\n\n\`\`\`json\n${"{ a: [".repeat(5_000)}\n\`\`\`\n`,
  "unclosed quotes": () =>
    `${head}| Entity | Owner | Fields |\n|---|---|---|\n| A | a-service | ${'"x, `y, (z, '.repeat(1_500)} |\n`,
  "emphasis marks": () => head + "*a **b _c ".repeat(2_000),
  backticks: () => head + many(400, (n) => "`".repeat(n)),
  "spaces and dashes": () => `${head}${" - ".repeat(6_000)}\n${"-".repeat(19_000)}\n${" ".repeat(19_000)}x`,
  labels: () => head + many(5_000, (n) => `**Label ${n}:** value: more: words (${n}`),
  "SQL without end": () =>
    `${head}\`\`\`sql\n${"CREATE TABLE a (id uuid, b int CHECK (b > 0, ".repeat(2_000)}\n\`\`\`\n`,
  "JSON that never closes": () => `${head}## Data Model\n\n${"{\n\n".repeat(5_000)}`,
  "1,000 bold labels with fences": () =>
    head +
    many(
      1_000,
      (n) =>
        `**Events Produced:**\n\`\`\`\nx.thing${n}.made → { id\n\`\`\`\n\n**Owned Entities:**\n- \`T${n}\` — \`A → B\`\n`,
    ),
  "2,000 gateway routes and endpoints": () =>
    `${head}| Path | Service |\n|---|---|\n${many(2_000, (n) => `| /x${n}/** | a-service |`)}\n\n## API\n\n${many(2_000, (n) => `- GET /x${n}/{id}`)}`,
  "drawn lines without end": () =>
    `${head}## Thing State Machine\n\n\`\`\`\n${`A ${"──b──▶ C ".repeat(900)}\n`.repeat(20)}│\n\`\`\`\n`,
  "an OpenAPI bomb": () =>
    `${head}\`\`\`yaml\nopenapi: 3.1.0\na: &a [x, x]\n${many(20, (n) => `b${n}: &b${n} [*${n === 0 ? "a" : `b${n - 1}`}, *${n === 0 ? "a" : `b${n - 1}`}]`)}\npaths: { /x: { get: *b19 } }\n\`\`\`\n`,
};

describe("hostile PRDs", () => {
  it.each(Object.keys(inputs))("%s", { timeout: 120_000 }, (name) => {
    expect(survive(inputs[name]?.() ?? "")).toBeGreaterThanOrEqual(0);
  });

  it("keeps what stands around a line of a megabyte", { timeout: 60_000 }, () => {
    const outline = readOutline(
      `${head}${"x ".repeat(500_000)}\n\n### a-service Endpoints\n\n- POST /things — make one\n`,
    );
    expect(outline.endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path} ${endpoint.owner}`)).toEqual([
      "POST /things a-service",
    ]);
  });
});
