import { posix } from "node:path";
import { defineRule, perProject } from "../../rule.ts";
import { buildOf, lineOf } from "./dockerfile.ts";
import { wholeFolderCopy } from "./whole-folder.ts";

type Fact = { ignores: string } | { line: number; text: string };

export default defineRule({
  code: "DOCKER-004",
  title: "The whole folder is copied into the image",
  severity: "warning",
  category: "docker",
  why: "Local secrets, .git and test data end up in the image, and every edit of any file rebuilds it.",
  fix: "Copy the files that are needed, or list the others in a .dockerignore beside the Dockerfile.",
  files: ["dockerfile", "text"],
  detect: perProject<Fact>({
    collect: (file) => {
      if (file.kind !== "dockerfile") {
        const name = /^(.*?)\.dockerignore$/.exec(file.path)?.[1];
        return name !== undefined && /^[ \t]*[^#\s]/m.test(file.text) ? { ignores: name } : undefined;
      }
      const copy = wholeFolderCopy(buildOf(file));
      return copy && { line: lineOf(copy), text: copy.getTextContent().replace(/\s+/g, " ").slice(0, 100) };
    },
    *conclude(_project, facts) {
      const ignored = new Set(facts.flatMap(({ fact }) => ("ignores" in fact ? [fact.ignores] : [])));
      for (const { file, fact } of facts) {
        if ("ignores" in fact || ignored.has(file.path) || foldersAround(file.path).some((at) => ignored.has(at)))
          continue;
        const message = `${fact.text} takes everything, and there is no .dockerignore.`;
        yield { file: file.path, service: file.service, line: fact.line, column: 1, message, key: fact.text };
      }
    },
  }),
  bad: [{ file: "Dockerfile", code: "FROM node:22-alpine\nCOPY . .\nUSER node\n" }],
  good: [
    { file: "Dockerfile", code: "FROM node:22-alpine\nCOPY package.json src ./\nUSER node\n" },
    { files: { Dockerfile: "FROM node:22-alpine\nCOPY . .\nUSER node\n", ".dockerignore": ".git\n.env\n" } },
    {
      file: "Dockerfile",
      code: "FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nFROM node:22-alpine\nCOPY --from=build /app/dist .\n",
    },
  ],
});

/** Any folder around a Dockerfile may be the build context: each with "/" at its end, the scanned folder as "". */
function foldersAround(path: string): string[] {
  const folders = [""];
  for (let at = posix.dirname(path); at !== "." && folders.length < 100; at = posix.dirname(at)) folders.push(`${at}/`);
  return folders;
}
