import { defineRule, perFile } from "../../rule.ts";
import { buildOf, lineOf, variablesIn } from "./dockerfile.ts";
import { imageReference } from "./images.ts";
import { sourcesOf } from "./sources.ts";

export default defineRule({
  code: "DOCKER-003",
  title: "Unpinned base image",
  severity: "warning",
  category: "docker",
  why: "The same Dockerfile builds something else tomorrow, and nobody can tell what runs today.",
  fix: "Name a version tag, e.g. node:22.12-alpine, or a digest.",
  files: ["dockerfile"],
  detect: perFile(["from"], function* (file) {
    const { preamble, stages } = buildOf(file);
    for (const { from, base, image } of stages)
      if (!base && isUnpinned(image))
        yield { line: lineOf(from), column: 1, message: `${imageReference(image).name} is not pinned to a version.` };
    const given = variablesIn(preamble);
    for (const { instruction, image } of sourcesOf(stages, given))
      if (isUnpinned(image)) {
        const message = `${imageReference(image).name}, which files are taken from, is not pinned to a version.`;
        yield { line: lineOf(instruction), column: 1, message };
      }
  }),
  bad: [
    { file: "Dockerfile", code: "FROM node\nUSER node\n" },
    { file: "Dockerfile", code: "FROM python:latest\nUSER app\n" },
  ],
  good: [
    { file: "Dockerfile", code: "FROM node:22.12-alpine AS build\nFROM build\nUSER node\n" },
    { file: "Dockerfile", code: `ARG VERSION=22\nFROM node:\${VERSION}\nFROM scratch\n` },
    { file: "Dockerfile", code: `FROM node@sha256:${"ab12".repeat(16)}\nUSER node\n` },
  ],
});

function isUnpinned(image: string): boolean {
  const { tag, digest } = imageReference(image);
  if (image === "scratch" || image === "" || digest !== "") return false;
  // Without its tag a variable may hold anything, with a tag of latest it does not matter what.
  return tag === "latest" || (tag === "" && !image.includes("$") && !/[{}<>]/.test(image));
}
