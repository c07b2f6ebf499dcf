import { Argument, type Command, Option } from "commander";
import type { z } from "zod";
import { inputSchema, type JsonSchema, withoutNull } from "../lib/zod-schema.ts";

/** Spellings beside the mechanical ones. */
export interface Spelling {
  /** One-letter options by field: `{ output_dir: "o" }` for `-o`. */
  short?: Record<string, string>;
  /** Words for a switch's other side by field: `{ parallel: "sequential" }` for `--sequential`. */
  opposite?: Record<string, string>;
}

/** The fields of an input as a command's arguments and options. */
export interface FieldReader {
  /** The input a command line gives; fields that were not given are absent. */
  read(args: readonly unknown[], options: Record<string, unknown>): Record<string, unknown>;
  /** A field as it is written on the command line. */
  spell(field: string): string;
}

/**
 * Add a flat input schema to a command: `positional` fields as arguments, the others as options. A field with the name
 * of an option that the program has for all commands (--config, --depth) takes its value from that option.
 */
export function addFields(
  command: Command,
  input: z.ZodObject,
  positional: readonly string[],
  spelling: Spelling = {},
): FieldReader {
  const { properties = {}, required = [] } = inputSchema(input);
  const inherited = inheritedNames(command);
  const readers = new Map<string, (options: Record<string, unknown>) => unknown>();
  for (const field of positional) command.addArgument(argumentOf(field, properties[field] ?? {}, required));
  for (const [field, schema] of Object.entries(properties)) {
    if (positional.includes(field)) continue;
    const name = camelCase(field);
    if (inherited.has(name)) readers.set(field, (options) => convert(schema, options[name]));
    else if (kindOf(schema) === "boolean") readers.set(field, addSwitch(command, field, schema, spelling));
    else readers.set(field, addOption(command, field, schema, spelling));
  }
  return {
    read: (args, options) => {
      const given: Record<string, unknown> = {};
      const keep = (field: string, value: unknown) => {
        if (value !== undefined) given[field] = value;
      };
      positional.forEach((field, index) => {
        const raw = args[index];
        keep(field, Array.isArray(raw) && raw.length === 0 ? undefined : convert(properties[field] ?? {}, raw));
      });
      for (const [field, read] of readers) keep(field, read(options));
      return given;
    },
    spell: (field) => (positional.includes(field) ? `<${kebab(field)}>` : `--${kebab(field)}`),
  };
}

function inheritedNames(command: Command): Set<string> {
  const names = new Set<string>();
  for (let above = command.parent; above; above = above.parent)
    for (const option of above.options) names.add(option.attributeName());
  return names;
}

function argumentOf(field: string, schema: JsonSchema, required: string[]): Argument {
  const name = `${kebab(field)}${kindOf(schema) === "list" ? "..." : ""}`;
  return new Argument(required.includes(field) ? `<${name}>` : `[${name}]`, describe(schema));
}

function addOption(command: Command, field: string, schema: JsonSchema, { short }: Spelling) {
  const list = kindOf(schema) === "list";
  const letter = short?.[field] ? `-${short[field]}, ` : "";
  const repeat = list ? " (repeatable)" : "";
  const option = new Option(
    `${letter}--${kebab(field)} <${placeholder(schema)}>`,
    `${describe(schema)}${repeat}`.trimStart(),
  );
  if (list) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  command.addOption(option);
  return (options: Record<string, unknown>) => convert(schema, options[option.attributeName()]);
}

/**
 * `--x` for what is off unless asked for, `--no-x` beside it for what is on or undecided. A field called `no_x` is the
 * switch `--no-x` itself, which commander keeps under the name `x`.
 */
function addSwitch(command: Command, field: string, schema: JsonSchema, { short, opposite }: Spelling) {
  const letter = short?.[field] ? `-${short[field]}, ` : "";
  const text = schema.description ?? "";
  if (field.startsWith("no_")) {
    const option = new Option(`${letter}--${kebab(field)}`, text);
    command.addOption(option);
    return (options: Record<string, unknown>) => (options[option.attributeName()] === false ? true : undefined);
  }
  const on = new Option(`${letter}--${kebab(field)}`, schema.default === true ? `${text} (default)` : text);
  command.addOption(on);
  if (schema.default !== false)
    command.addOption(new Option(`--no-${kebab(field)}`, `The opposite of --${kebab(field)}.`));
  const word = opposite?.[field];
  if (word) {
    const isDefault = schema.default === false ? " (default)" : "";
    const off = new Option(`--${word}`, `The opposite of --${kebab(field)}.${isDefault}`).conflicts(on.attributeName());
    command.addOption(off);
  }
  return (options: Record<string, unknown>) =>
    word && options[camelCase(word)] === true ? false : options[on.attributeName()];
}

type Kind = "string" | "number" | "boolean" | "list" | "json";

function kindOf(given: JsonSchema): Kind {
  const schema = withoutNull(given);
  if (schema.enum?.every((value) => typeof value === "string") || schema.type === "string") return "string";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "boolean") return "boolean";
  if (schema.type === "array") return "list";
  return [...(schema.anyOf ?? [])].some((option) => kindOf(option) === "string") ? "string" : "json";
}

/** A word of the command line as the schema's type. What does not read as it stays text, for the schema to refuse. */
function convert(given: JsonSchema, raw: unknown): unknown {
  const schema = withoutNull(given);
  const kind = kindOf(schema);
  if (kind === "list") {
    if (!Array.isArray(raw)) return raw;
    const items = schema.items ?? {};
    // Words of a closed list and numbers hold no commas, so `--only a,b` can only mean both.
    const separable = items.enum !== undefined || kindOf(items) === "number";
    const words = separable ? raw.flatMap((word) => String(word).split(",")) : raw;
    return words.map((word) => convert(items, word));
  }
  if (typeof raw !== "string") return raw;
  if (kind === "number") return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw) ? Number(raw) : raw;
  if (kind === "boolean") return raw === "true" || (raw === "false" ? false : raw);
  return kind === "json" ? parsed(raw) : raw;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function placeholder(schema: JsonSchema): string {
  const kind = kindOf(schema);
  if (kind === "list") return placeholder(withoutNull(schema).items ?? {});
  return kind === "number" ? "number" : kind === "json" ? "json" : "value";
}

function describe(given: JsonSchema): string {
  const schema = withoutNull(given);
  const choices = schema.enum ?? schema.items?.enum;
  const listed = choices ? ` (${choices.join(", ")})` : "";
  const standard = given.default;
  const silent = standard === undefined || standard === null || (Array.isArray(standard) && standard.length === 0);
  const value = typeof standard === "string" ? standard : JSON.stringify(standard);
  return `${given.description ?? ""}${listed}${silent || value === "" ? "" : ` (default: ${value})`}`;
}

function kebab(field: string): string {
  return field.replaceAll("_", "-");
}

function camelCase(name: string): string {
  return name.replace(/[-_](.)/g, (_all, letter: string) => letter.toUpperCase());
}
