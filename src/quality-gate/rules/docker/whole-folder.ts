import { posix } from "node:path";
import type { Instruction } from "dockerfile-ast";
import { type Build, type Stage, variablesIn, wordsOf } from "./dockerfile.ts";
import { expandVariables } from "./variables.ts";

/** A place in an image where the whole build context ended up. */
interface Whole {
  instruction: Instruction;
  folder: string;
}

/** More of them say nothing new. */
const MOST = 10;

/** The first instruction by which the image of a build takes the whole build context, directly or out of another stage. */
export function wholeFolderCopy({ preamble, stages }: Build): Instruction | undefined {
  const before = variablesIn(preamble);
  const byName = new Map<string, Whole[]>();
  let last: Whole[] = [];
  const byStage = new Map<Stage, Whole[]>();
  for (const [index, stage] of stages.entries()) {
    last = wholesOf(stage, (stage.base && byStage.get(stage.base)) ?? [], byName, before);
    byStage.set(stage, last);
    byName.set(String(index), last);
    if (stage.name !== "") byName.set(stage.name, last);
  }
  return last[0]?.instruction;
}

function wholesOf(
  stage: Stage,
  inherited: readonly Whole[],
  byName: ReadonlyMap<string, Whole[]>,
  before: ReadonlyMap<string, string>,
): Whole[] {
  const found = [...inherited];
  const values = variablesIn(stage.instructions, before);
  let folder = "/";
  for (const instruction of stage.instructions) {
    const words = wordsOf(instruction).map((word) => expandVariables(word, values));
    if (instruction.getKeyword() === "WORKDIR") folder = posix.resolve(folder, words[0] ?? "");
    if (!/^(COPY|ADD)$/.test(instruction.getKeyword()) || words.length < 2 || found.length >= MOST) continue;
    const target = posix.resolve(folder, words.at(-1) ?? "");
    const sources = words.slice(0, -1);
    const flags = instruction.getTextContent().slice(0, 500);
    const from = /\s--from=(\S+)/.exec(flags)?.[1];
    if (from === undefined) {
      if (sources.some(isWhole) && !/\s--exclude=/.test(flags)) found.push({ instruction, folder: target });
      continue;
    }
    for (const whole of byName.get(from.toLowerCase()) ?? [])
      if (sources.some((source) => covers(posix.resolve("/", source), whole.folder)))
        found.push({ instruction, folder: target });
  }
  return found.slice(0, MOST);
}

function isWhole(source: string): boolean {
  return /^(\.?\/)?(\.\/)*[.*]?\/?$/.test(source);
}

function covers(outer: string, inner: string): boolean {
  return outer === inner || outer === "/" || inner.startsWith(`${outer}/`);
}
