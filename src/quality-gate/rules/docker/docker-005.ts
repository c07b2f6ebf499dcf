import { defineRule, perFile } from "../../rule.ts";
import { baseImageOf, lineage, lineOf, stagesOf } from "./dockerfile.ts";
import { isServerImage } from "./images.ts";

export default defineRule({
  code: "DOCKER-005",
  title: "No HEALTHCHECK",
  severity: "warning",
  category: "docker",
  why: "A process that hangs looks the same as one that serves: nothing restarts it and traffic keeps coming.",
  fix: "Add a HEALTHCHECK that asks the service's health endpoint.",
  files: ["dockerfile"],
  detect: perFile(["from"], function* (file) {
    const last = stagesOf(file).at(-1);
    // The developer's own container is no service.
    if (!last || /(^|\/)\.devcontainer\//.test(file.path)) return;
    const instructions = lineage(last);
    const has = (keyword: RegExp) => instructions.findLast((instruction) => keyword.test(instruction.getKeyword()));
    if (!has(/^(CMD|ENTRYPOINT|EXPOSE)$/) && !isServerImage(baseImageOf(last))) return;
    const check = has(/^HEALTHCHECK$/);
    if (!check) yield { line: lineOf(last.from), column: 1, message: "The image has no HEALTHCHECK." };
    else if (/^NONE\b/i.test(check.getArgumentsContent()?.trim() ?? ""))
      yield { line: lineOf(check), column: 1, message: "The image switches its HEALTHCHECK off." };
  }),
  bad: [
    { file: "Dockerfile", code: 'FROM node:22-alpine\nUSER node\nCMD ["node", "app.js"]\n' },
    { file: "Dockerfile", code: "FROM node:22-alpine\nUSER node\nEXPOSE 8080\nHEALTHCHECK NONE\n" },
  ],
  good: [
    {
      file: "Dockerfile",
      code: 'FROM node:22-alpine\nUSER node\nHEALTHCHECK CMD wget -qO- http://localhost:8080/health\nCMD ["node", "app.js"]\n',
    },
    { file: "Dockerfile", code: "FROM node:22-alpine\nCOPY tools /tools\n" },
  ],
});
