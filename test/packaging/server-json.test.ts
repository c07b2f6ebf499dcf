import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_TOOLSETS } from "../../src/tools/define-tool.ts";

const read = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8"));

const version = z
  .string()
  .max(255)
  .regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
const argument = {
  description: z.string().optional(),
  default: z.string().optional(),
  isRequired: z.boolean().optional(),
};
const format = z.enum(["string", "number", "boolean", "filepath"]).optional();
/** The part of the MCP registry's server.json schema (2025-12-11) that this server uses; unknown fields are refused. */
const ServerJson = z.strictObject({
  $schema: z.literal("https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version,
  packages: z.array(
    z.strictObject({
      registryType: z.literal("npm"),
      identifier: z.string(),
      version,
      runtimeHint: z.literal("npx"),
      transport: z.strictObject({ type: z.literal("stdio") }),
      packageArguments: z.array(
        z.discriminatedUnion("type", [
          z.strictObject({ type: z.literal("positional"), value: z.string(), ...argument }),
          z.strictObject({ type: z.literal("named"), name: z.string(), format, ...argument }),
        ]),
      ),
    }),
  ),
});
const Package = z.object({ name: z.string(), version: z.string(), mcpName: z.string() });

it("server.json describes this package as the MCP registry wants it", () => {
  const server = ServerJson.parse(read("server.json"));
  const { name, version, mcpName } = Package.parse(read("package.json"));
  // The registry takes a package only when it names the server itself.
  expect(server.name).toBe(mcpName);
  expect(server.version).toBe(version);
  expect(server.packages).toMatchObject([{ identifier: name, version }]);
  const toolsets = server.packages[0]?.packageArguments.find(
    (one) => one.type === "named" && one.name === "--toolsets",
  );
  expect(toolsets?.default).toBe(DEFAULT_TOOLSETS.join(","));
});
