import type { Instruction } from "dockerfile-ast";
import { defineRule, perFile } from "../../rule.ts";
import { baseImageOf, buildOf, lineage, lineOf, variablesIn, wordsOf } from "./dockerfile.ts";
import { startsUnprivileged, stepsDown } from "./images.ts";
import { expandVariables } from "./variables.ts";

const ROOT = /^(root|0|ContainerAdministrator)(:|$)/i;
/** Programs that run another one as an unprivileged user. */
const STEP_DOWN = /\b(gosu|su-exec|setpriv|chpst|s6-setuidgid|setuidgid|runuser)\b/;

export default defineRule({
  code: "DOCKER-001",
  title: "Container runs as root",
  severity: "error",
  category: "docker",
  why: "Whoever breaks into the process is root in the container, one kernel flaw away from the host.",
  fix: "Create a user and switch to it with USER before CMD.",
  files: ["dockerfile"],
  detect: perFile(["from"], function* (file) {
    const { preamble, stages } = buildOf(file);
    const last = stages.at(-1);
    // The developer's own container is no service.
    if (!last || /(^|\/)\.devcontainer\//.test(file.path)) return;
    const instructions = lineage(last);
    const user = instructions.findLast((instruction) => instruction.getKeyword() === "USER");
    if (user) {
      const name = expandVariables(wordsOf(user)[0] ?? "", variablesIn(instructions, variablesIn(preamble)));
      if (ROOT.test(name)) yield { line: lineOf(user), column: 1, message: `The image switches to user ${name}.` };
      return;
    }
    if (instructions.some(stepsDownItself) || isHarmless(baseImageOf(last), instructions)) return;
    yield { line: lineOf(last.from), column: 1, message: "The image never leaves the root user: it has no USER." };
  }),
  bad: [
    { file: "Dockerfile", code: 'FROM node:22-alpine\nCMD ["node", "app.js"]\n' },
    { file: "Dockerfile", code: "FROM node:22-alpine\nUSER node\nRUN npm ci\nUSER root\n" },
    {
      file: "Dockerfile",
      code: "FROM node:22 AS build\nUSER node\nFROM node:22-alpine\nCOPY --from=build /app /app\n",
    },
  ],
  good: [
    { file: "Dockerfile", code: 'FROM node:22-alpine\nUSER node\nCMD ["node", "app.js"]\n' },
    { file: "Dockerfile", code: "FROM node:22 AS base\nUSER node\nFROM base\nCOPY . /app\n" },
    { file: "Dockerfile", code: "FROM gcr.io/distroless/nodejs22-debian12:nonroot\nCOPY . /app\n" },
    { file: "Dockerfile", code: 'FROM scratch\nCOPY app /app\nUSER 65532:65532\nENTRYPOINT ["/app"]\n' },
  ],
});

/** The entry point, or what was installed for it, hands over to another user. */
function stepsDownItself(instruction: Instruction): boolean {
  return (
    /^(ENTRYPOINT|CMD|RUN)$/.test(instruction.getKeyword()) && STEP_DOWN.test(instruction.getArgumentsContent() ?? "")
  );
}

function isHarmless(image: string, instructions: readonly Instruction[]): boolean {
  const runs = instructions.some((instruction) => /^(CMD|ENTRYPOINT)$/.test(instruction.getKeyword()));
  return startsUnprivileged(image) || (!runs && (image === "scratch" || stepsDown(image)));
}
