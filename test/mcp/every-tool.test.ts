import { Ajv2020 } from "ajv/dist/2020.js";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { inputSchema, outputSchema, withoutNull } from "../../src/lib/zod-schema.ts";
import { describeTool } from "../../src/mcp/list.ts";
import { addGlobalOptions, addToolCommand } from "../../src/terminal/commands.ts";
import { COMMANDS } from "../../src/tools/commands.ts";
import { DEFAULT_TOOLSETS } from "../../src/tools/define-tool.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { fakeIo } from "../terminal/fake-io.ts";

/** Names of inputs that are files or folders wherever they occur. */
const FILES = [
  ...["baseline", "config", "consumer", "contract", "contracts", "flows", "log", "new", "old", "output", "pacts"],
  ...["requests", "save_flows", "service_map", "spec"],
];
/** The same names for something else: a request's path, a document itself, a name in an index. */
const NO_FILES = [
  ...["validate_endpoint.path", "trace_data_flow.path", "find_dependencies.file_path"],
  ...["register_contract.spec", "propose_contract_change.spec"],
];

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))("%s", (name, tool) => {
  it("has a name that clients accept, with their prefix", () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(`mcp__super-orchestrator__${name}`.length).toBeLessThanOrEqual(64);
    expect(TOOLS.filter((other) => other.name === name)).toHaveLength(1);
  });

  it("says in at most 160 characters what it does", () => {
    expect(tool.description.length).toBeLessThanOrEqual(160);
    expect(tool.description).toMatch(/^[A-Z].*\.$/s);
  });

  it("takes flat input, every field described", () => {
    for (const schema of Object.values(inputSchema(tool.input).properties ?? {})) {
      expect(schema.description ?? "").not.toBe("");
      const { type, items } = withoutNull(schema);
      expect(type === "array" ? withoutNull(items ?? {}).type : type).not.toBe("object");
    }
  });

  it("is listed as the committed snapshot says: clients pay for every byte of it", async () => {
    await expect(`${JSON.stringify(describeTool(tool), null, 2)}\n`).toMatchFileSnapshot(`listed/${name}.json`);
  });

  it("lists a part of what it takes and gives, and nothing else", () => {
    const { inputSchema: listed, outputSchema: answered } = describeTool(tool);
    const whole = inputSchema(tool.input);
    expect(listed.required ?? []).toEqual(whole.required ?? []);
    const left_out = Object.keys(whole.properties ?? {}).filter((field) => !(field in (listed.properties ?? {})));
    expect(left_out.sort()).toEqual([...(tool.unlisted ?? [])].sort());
    for (const field of listed.required ?? []) expect(listed.properties).toHaveProperty(field);
    expect(outputSchema(tool.output).required).toEqual(expect.arrayContaining(answered?.required ?? []));
    expect(answered?.required).not.toEqual([]);
  });

  it("says which inputs name files or folders, so that a client can be confined to its own", () => {
    const named = Object.entries(inputSchema(tool.input).properties ?? {})
      .filter(([field]) => /(^|_)(path|file|dir|folder|root)$/.test(field) || FILES.includes(field))
      .map(([field]) => field)
      .filter((field) => !NO_FILES.includes(`${name}.${field}`));
    expect([...(tool.paths ?? [])].sort()).toEqual(named.sort());
  });

  it("has schemas that a strict validator of draft 2020-12 compiles", () => {
    const { inputSchema, outputSchema } = describeTool(tool);
    for (const schema of [inputSchema, outputSchema ?? {}])
      new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, validateFormats: false }).compile(
        schema,
      );
  });
});

describe("tools as commands", () => {
  it("have names of their own, and help", async () => {
    const { io } = fakeIo();
    const program = addGlobalOptions(new Command("super-orchestrator"));
    const never = () => {
      throw new Error("no command is run");
    };
    const names = COMMANDS.map(({ tool, spelling }) => {
      const command = addToolCommand(program, tool, never, io, spelling);
      expect(command.helpInformation()).toContain(`super-orchestrator ${tool.cli.command}`);
      return tool.cli.command;
    });
    expect(new Set(names).size).toBe(names.length);
    for (const required of ["init", "plan", "build", "integrate", "verify", "run", "status", "resume"])
      expect(names).toContain(required);
  });
});

it.each([
  ["the default toolsets", TOOLS.filter(({ toolset }) => DEFAULT_TOOLSETS.includes(toolset)), 10_000],
  ["all toolsets", TOOLS, 28_000],
] as const)("keeps tools/list of %s short", (_name, tools, most) => {
  const bytes = Buffer.byteLength(JSON.stringify({ tools: tools.map(describeTool) }));
  expect(bytes).toBeLessThanOrEqual(most);
  expect(bytes / tools.length).toBeLessThan(650);
});

it("leaves room for nothing that repeats: every schema word that a client can do without is gone", () => {
  const listed = JSON.stringify(TOOLS.map(describeTool));
  for (const word of ["additionalProperties", "$schema", '"default":[]', '"default":false', '"default":""'])
    expect(listed).not.toContain(word);
});
