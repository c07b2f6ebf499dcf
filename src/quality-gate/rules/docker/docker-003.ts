import { defineRule, perFile } from "../../rule.ts";
import { lineOf, stagesOf } from "./dockerfile.ts";
import { imageReference } from "./images.ts";

export default defineRule({
  code: "DOCKER-003",
  title: "Unpinned base image",
  severity: "warning",
  category: "docker",
  why: "The same Dockerfile builds something else tomorrow, and nobody can tell what runs today.",
  fix: "Name a version tag, e.g. node:22.12-alpine, or a digest.",
  files: ["dockerfile"],
  detect: perFile(["from"], function* (file) {
    for (const { from, base, image } of stagesOf(file)) {
      const { name, tag, digest } = imageReference(image);
      if (base || image === "scratch" || image === "" || digest !== "") continue;
      // Without its tag a variable may hold anything, with a tag of latest it does not matter what.
      if (tag === "latest" || (tag === "" && !image.includes("$") && !/[{}<>]/.test(image)))
        yield { line: lineOf(from), column: 1, message: `${name} is not pinned to a version.` };
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
