import type { DockerfileParser, Instruction, PropertyInstruction } from "dockerfile-ast";
import type { FileKind } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import { expandVariables } from "./variables.ts";

/** One stage of a build: what stands between a FROM and the next. */
export interface Stage {
  from: Instruction;
  /** The image or stage it builds on with its variables filled in; a `$` is left where only the build knows. */
  image: string;
  /** Its name in lower case; "" when it has none. */
  name: string;
  instructions: Instruction[];
  /** The earlier stage it builds on; null for an image. */
  base: Stage | null;
}

/** A Dockerfile in its parts. */
export interface Build {
  /** Arguments before the first stage. */
  preamble: Instruction[];
  stages: Stage[];
}

const parsed = new WeakMap<SourceFile, Build>();
let parser: typeof DockerfileParser | undefined;

/** Load what is needed to read these files; a scan in which no Dockerfile changed does without. */
export async function loadDockerfileParser(files: readonly { kind: FileKind }[]): Promise<void> {
  if (parser || !files.some(({ kind }) => kind === "dockerfile")) return;
  // Bundled, a CommonJS module is its default export; loaded by some other ways, it has none.
  const library = await import("dockerfile-ast");
  parser = library.DockerfileParser ?? library.default.DockerfileParser;
}

/** Ten times the longest Dockerfiles there are. */
const MAX_CHARACTERS = 256 * 1024;

/** The parts of a Dockerfile; without stages, and given up, when it has no FROM or is too long. */
export function buildOf(file: SourceFile): Build {
  let build = parsed.get(file);
  if (!build) {
    if (!parser) throw new Error("The parser of Dockerfiles is not loaded.");
    build =
      file.text.length > MAX_CHARACTERS
        ? { preamble: [], stages: [] }
        : divide(parser.parse(file.text).getInstructions());
    if (build.stages.length === 0) file.giveUp();
    parsed.set(file, build);
  }
  return build;
}

/** Stages of a Dockerfile in order. */
export function stagesOf(file: SourceFile): Stage[] {
  return buildOf(file).stages;
}

function divide(instructions: readonly Instruction[]): Build {
  const preamble: Instruction[] = [];
  const stages: Stage[] = [];
  const byName = new Map<string, Stage>();
  let given: Map<string, string> | undefined;
  for (const instruction of instructions) {
    if (instruction.getKeyword() !== "FROM") {
      (stages.at(-1)?.instructions ?? preamble).push(instruction);
      continue;
    }
    const [image = "", as = "", name = ""] = wordsOf(instruction);
    given ??= variablesIn(preamble);
    const resolved = expandVariables(image, given);
    const stage: Stage = {
      from: instruction,
      image: resolved,
      name: /^as$/i.test(as) ? name.toLowerCase() : "",
      instructions: [],
      base: byName.get(resolved.toLowerCase()) ?? null,
    };
    stages.push(stage);
    if (stage.name !== "") byName.set(stage.name, stage);
  }
  return { preamble, stages };
}

/** The instructions that shape the image of a stage, from its first base stage to its own end. */
export function lineage(stage: Stage): Instruction[] {
  const stages: Stage[] = [];
  for (let at: Stage | null = stage; at; at = at.base) stages.push(at);
  return stages.reverse().flatMap(({ instructions }) => instructions);
}

/** The image that a stage starts from in the end. */
export function baseImageOf(stage: Stage): string {
  let first = stage;
  while (first.base) first = first.base;
  return first.image;
}

/** What ARG and ENV of these instructions set, on top of `before`. */
export function variablesIn(
  instructions: readonly Instruction[],
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const values = new Map<string, string>();
  for (const instruction of instructions)
    for (const { name, value } of propertiesOf(instruction)) {
      const known = value === undefined ? before.get(name) : expandVariables(value, values);
      if (known !== undefined) values.set(name, known);
    }
  return values;
}

/** Names and values of an ENV or ARG; a value is undefined where there is none. */
export function propertiesOf(instruction: Instruction): { name: string; value: string | undefined; line: number }[] {
  if (!/^(ENV|ARG)$/.test(instruction.getKeyword()) || !("getProperties" in instruction)) return [];
  // ENV and ARG are the property instructions; the check above is the boundary.
  return (instruction as PropertyInstruction).getProperties().map((property) => ({
    name: property.getName(),
    value: property.getValue() ?? undefined,
    line: property.getRange().start.line + 1,
  }));
}

/** The words of an instruction without its flags, in shell form and in exec form. */
export function wordsOf(instruction: Instruction): string[] {
  const content = instruction.getArgumentsContent()?.trim() ?? "";
  // What follows the first line of a heredoc is the file it writes.
  if (/^[^\n]{0,500}<<-?["']?\w/.test(content)) return content.slice(0, content.indexOf("\n")).split(/\s+/);
  const items = /^\[.*\]$/s.test(content) ? [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)] : [];
  return items.length > 0
    ? items.map(([, item = ""]) => item)
    : instruction.getArguments().map((argument) => argument.getValue());
}

/** The line of an instruction, from 1. */
export function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}
