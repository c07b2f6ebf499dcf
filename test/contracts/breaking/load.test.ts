import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compareContracts, kindOf, readContractFile } from "../../../src/contracts/breaking/breaking.ts";

const folder = mkdtempSync(join(tmpdir(), "breaking-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, content: unknown): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, typeof content === "string" ? content : JSON.stringify(content));
  return full;
}

const api = (schema: object, more: object = {}) => ({
  openapi: "3.0.3",
  info: { title: "Pets", version: "1" },
  paths: { "/pets": { get: { responses: { 200: { description: "", content: { "application/json": { schema } } } } } } },
  ...more,
});

test("YAML and JSON say the same", () => {
  const yaml =
    "openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\npaths:\n  /pets:\n    get:\n      responses:\n        200: {description: '', content: {application/json: {schema: {type: string}}}}\n";
  const { document } = readContractFile(file("a.yaml", yaml));
  expect(compareContracts(document, readContractFile(file("a.json", api({ type: "string" }))).document)).toEqual([]);
});

test("files below the folder are read, with references among each other and back", () => {
  file(
    "split/schemas/pet.yaml",
    "Pet:\n  type: object\n  properties:\n    name: {type: string}\n    owner: {$ref: '../owner.json'}\n    mate: {$ref: '#/Pet'}\n    tag: {$ref: '../main.json#/components/schemas/Tag'}\n",
  );
  file("split/owner.json", {
    type: "object",
    properties: { id: { type: "string" }, pets: { type: "array", items: { $ref: "schemas/pet.yaml#/Pet" } } },
  });
  const Tag = { type: "string", maxLength: 9 };
  const split = readContractFile(
    file("split/main.json", api({ $ref: "./schemas/pet.yaml#/Pet" }, { components: { schemas: { Tag } } })),
  );
  expect(split.unread).toEqual([]);
  const whole = (id: string) =>
    api(
      { $ref: "#/components/schemas/Pet" },
      {
        components: {
          schemas: {
            Tag,
            Pet: {
              type: "object",
              properties: {
                name: { type: "string" },
                owner: {
                  type: "object",
                  properties: {
                    id: { type: id },
                    pets: { type: "array", items: { $ref: "#/components/schemas/Pet" } },
                  },
                },
                mate: { $ref: "#/components/schemas/Pet" },
                tag: { $ref: "#/components/schemas/Tag" },
              },
            },
          },
        },
      },
    );
  expect(compareContracts(split.document, whole("string")).map(({ id }) => id)).toEqual(["schema-added"]);
  expect(compareContracts(split.document, whole("integer")).map(({ id }) => id)).toEqual([
    "response-property-type-changed",
    "schema-added",
  ]);
});

test("the network and other folders are left alone, and told", () => {
  file("secret.json", { type: "integer" });
  const path = file(
    "inner/main.json",
    api({
      oneOf: [{ $ref: "https://example.com/a.json" }, { $ref: "../secret.json" }, { $ref: "file:///etc/hostname" }],
    }),
  );
  const { document, unread } = readContractFile(path);
  expect(unread).toEqual(["https://example.com/a.json", "../secret.json", "file:///etc/hostname"]);
  expect(JSON.stringify(document)).not.toContain("integer");
  expect(compareContracts(document, document)).toEqual([]);
});

describe("refused with what to do", () => {
  test.each<[string, () => unknown, string, RegExp]>([
    ["no file", () => readContractFile(join(folder, "none.yaml")), "NOT_FOUND", /There is no file/],
    ["a folder", () => readContractFile(folder), "INVALID_INPUT", /cannot be read/],
    [
      "a file that is missing behind a reference",
      () => readContractFile(file("b.json", api({ $ref: "gone.json" }))),
      "NOT_FOUND",
      /gone\.json/,
    ],
    [
      "neither JSON nor YAML",
      () => readContractFile(file("c.yaml", "a: [1\nb: {")),
      "INVALID_INPUT",
      /neither JSON nor YAML/,
    ],
    ["an empty file", () => readContractFile(file("d.yaml", "")), "INVALID_INPUT", /empty/],
    ["a list", () => readContractFile(file("e.yaml", "- a")), "INVALID_INPUT", /no object/],
    ["aliases that multiply", () => readContractFile(file("f.yaml", bomb())), "INVALID_INPUT", /alias/i],
    [
      "a deep nest",
      () => readContractFile(file("g.json", `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`)),
      "INVALID_INPUT",
      /nested/,
    ],
    ["no contract", () => compareContracts({ name: "x" }, api({})), "INVALID_INPUT", /old document is no contract/],
    [
      "two kinds",
      () => compareContracts(api({}), { asyncapi: "3.0.0" }),
      "INVALID_INPUT",
      /OpenAPI, the new one is AsyncAPI/,
    ],
  ])("%s", (_name, work, code, message) => {
    try {
      work();
    } catch (error) {
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(/\.$/),
      });
      return;
    }
    expect.unreachable();
  });
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  return lines.join("\n");
}

test("kinds of documents", () => {
  expect(kindOf(api({}))).toBe("openapi");
  expect(kindOf({ swagger: "2.0" })).toBe("openapi");
  expect(kindOf({ asyncapi: "2.6.0" })).toBe("asyncapi");
  expect(kindOf({ $schema: "https://json-schema.org/draft/2020-12/schema" })).toBe("json_schema");
  expect(kindOf({ name: "package", type: "module" })).toBeUndefined();
});

describe("Swagger 2.0", () => {
  const swagger = (more: object = {}, parameter: object = {}) => ({
    swagger: "2.0",
    info: { title: "Pets", version: "1" },
    basePath: "/v1",
    consumes: ["application/json"],
    produces: ["application/json"],
    paths: {
      "/pets": {
        post: {
          parameters: [
            {
              name: "ids",
              in: "query",
              type: "array",
              items: { type: "string" },
              collectionFormat: "csv",
              ...parameter,
            },
            { name: "body", in: "body", required: true, schema: { $ref: "#/definitions/Pet" } },
          ],
          responses: {
            200: { description: "", schema: { $ref: "#/definitions/Pet" }, headers: { "X-Rate": { type: "integer" } } },
          },
        },
      },
      "/files": {
        post: {
          consumes: ["multipart/form-data"],
          parameters: [{ name: "file", in: "formData", type: "file" }],
          responses: {},
        },
      },
    },
    definitions: { Pet: { type: "object", properties: { name: { type: "string" } }, ...more } },
  });
  const ids = (now: Record<string, unknown>) =>
    compareContracts(swagger(), now).map(({ id, breaking }) => `${breaking ? "!" : ""}${id}`);

  test("says the same as itself and as OpenAPI 3", () => {
    expect(ids(swagger())).toEqual([]);
    const Pet = { $ref: "#/components/schemas/Pet" };
    const json = { "application/json": { schema: Pet } };
    const three = {
      openapi: "3.0.3",
      info: { title: "Pets", version: "1" },
      servers: [{ url: "/v1" }],
      paths: {
        "/pets": {
          post: {
            parameters: [
              { name: "ids", in: "query", explode: false, schema: { type: "array", items: { type: "string" } } },
            ],
            requestBody: { required: true, content: json },
            responses: {
              200: { description: "", content: json, headers: { "X-Rate": { schema: { type: "integer" } } } },
            },
          },
        },
        "/files": {
          post: {
            requestBody: {
              content: {
                "multipart/form-data": {
                  schema: { type: "object", properties: { file: { type: "string", format: "binary" } } },
                },
              },
            },
            responses: {},
          },
        },
      },
      components: { schemas: { Pet: { type: "object", properties: { name: { type: "string" } } } } },
    };
    expect(ids(three)).toEqual([]);
  });

  test("changes are told", () => {
    expect(ids(swagger({ required: ["name"] }))).toEqual([
      "!request-property-became-required",
      "response-property-became-required",
    ]);
    expect(ids(swagger({}, { collectionFormat: "multi" }))).toEqual(["!request-parameter-style-changed"]);
    expect(ids(swagger({}, { required: true }))).toEqual(["!request-parameter-became-required"]);
  });
});
