import type { Instruction } from "dockerfile-ast";
import type { Stage } from "./dockerfile.ts";
import { expandVariables } from "./variables.ts";

/** Official images that others copy programs from by their bare names; any other bare name may be a named build context. */
const COPIED_FROM =
  /^(composer|nginx|node|golang|python|php|ruby|rust|maven|gradle|alpine|busybox|debian|ubuntu|caddy|docker|eclipse-temurin|postgres|redis)(:|@|$)/;

/**
 * Images that files are taken from without being a stage: `COPY --from=image`, `RUN --mount=type=bind,from=image`
 * (https://docs.docker.com/reference/dockerfile/#copy---from). `given`: arguments before the first stage.
 */
export function sourcesOf(
  stages: readonly Stage[],
  given: ReadonlyMap<string, string>,
): { instruction: Instruction; image: string }[] {
  const names = new Set(stages.map(({ name }) => name).filter((name) => name !== ""));
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((instruction) =>
      fromOf(instruction)
        .map((from) => expandVariables(from, given))
        .filter((image) => !names.has(image.toLowerCase()) && isImage(image))
        .map((image) => ({ instruction, image })),
    ),
  );
}

function isImage(name: string): boolean {
  return !/^\d+$/.test(name) && (/[/:@]/.test(name) || COPIED_FROM.test(name));
}

function fromOf(instruction: Instruction): string[] {
  const keyword = instruction.getKeyword();
  if (keyword === "COPY") return found(instruction, /(?:^|\s)--from=["']?([^\s"']{1,300})/g);
  return keyword === "RUN" ? found(instruction, /(?:^|\s)--mount=(?:[^\s"']{0,300},)?from=([^\s"',]{1,300})/g) : [];
}

function found(instruction: Instruction, pattern: RegExp): string[] {
  // Flags stand before everything else; what a heredoc or a later line says is no flag.
  const [flags = ""] = /^\s*\S+(?:\s+(?:\\\r?\n\s*)?--\S+)*/.exec(instruction.getTextContent().slice(0, 4000)) ?? [];
  return [...flags.matchAll(pattern)].map(([, name = ""]) => name);
}
