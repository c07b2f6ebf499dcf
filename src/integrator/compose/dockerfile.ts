import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import type { Service } from "../../model/service-map.ts";
import { startCommand } from "../runtimes/start-command.ts";
import { bashProbe, probeWith } from "./parts.ts";

/** How a service's image comes about: from its own Dockerfile, from one written for it, or not at all. */
export type ImageSource =
  | { kind: "own"; text: string }
  | { kind: "written"; text: string }
  | { kind: "none"; reason: string };

const NODE = "node:24-bookworm-slim";
const PYTHON = "python:3.13-slim-bookworm";
const GO = "golang:1.25-bookworm";
const BARE = "debian:bookworm-slim";

/** The Dockerfile of a service's folder; one is written for Node, Python and Go when there is none. */
export function imageSource(service: Service, directory: string): ImageSource {
  const own = read(directory, "Dockerfile");
  if (own !== undefined) return { kind: "own", text: own };
  const text = written(service, directory);
  if (text !== undefined) return { kind: "written", text };
  return {
    kind: "none",
    reason: `${directory} has no Dockerfile, and nothing in it says how it is started (a package.json, Python entry file or go.mod would).`,
  };
}

/** Base images that a build needs and does not make itself; those behind variables are left to the build. */
export function baseImages(text: string): string[] {
  const stages = new Set<string>();
  const found = new Set<string>();
  for (const from of DockerfileParser.parse(text).getFROMs()) {
    const image = from.getImage();
    if (image !== null && image !== "scratch" && !image.includes("$") && !stages.has(image.toLowerCase()))
      found.add(image);
    const stage = from.getBuildStage();
    if (stage !== null) stages.add(stage.toLowerCase());
  }
  return [...found];
}

/** Whether an image brings a health check of its own. */
export function hasHealthcheck(text: string): boolean {
  return DockerfileParser.parse(text)
    .getHEALTHCHECKs()
    .some((check) => !/^NONE\b/i.test(check.getArgumentsContent()?.trim() ?? ""));
}

function written(service: Service, directory: string): string | undefined {
  const start = startCommand(directory);
  if (start === undefined) return undefined;
  const environment = `ENV HOST=0.0.0.0 PORT=${service.port}`;
  const url = `http://127.0.0.1:${service.port}${service.health_endpoint}`;
  const ready = (user: string, language: string) => {
    const probe = probeWith(language, url) ?? ["bash", "-c", bashProbe(service.port, service.health_endpoint)];
    const check = `HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ${JSON.stringify(probe)}`;
    return `USER ${user}\nEXPOSE ${service.port}\n${check}\n`;
  };
  if (existsSync(join(directory, "package.json")) && start.command !== "python3" && start.command !== "sh") {
    const command = start.command === process.execPath ? ["node", ...start.args] : ["npm", "start", "--silent"];
    const install = !/"dependencies"\s*:\s*\{\s*"/.test(read(directory, "package.json") ?? "")
      ? ""
      : existsSync(join(directory, "package-lock.json"))
        ? "RUN npm ci --omit=dev --no-audit --no-fund\n"
        : "RUN npm install --omit=dev --no-audit --no-fund\n";
    return `FROM ${NODE}\n${environment} NODE_ENV=production\nWORKDIR /app\nCOPY --chown=node:node . .\n${install}${ready("node", "node")}${exec(command)}`;
  }
  if (start.command === "go") {
    const target = start.args[1] ?? ".";
    return [
      `FROM ${GO} AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -trimpath -o /service ${target}\n`,
      `FROM ${BARE}\n${environment}\nCOPY --from=build /service /service\n${ready("65534:65534", "go")}${exec(["/service"])}`,
    ].join("\n");
  }
  if (!/python3?$/.test(start.command)) return undefined;
  const requirements = existsSync(join(directory, "requirements.txt"));
  const install = requirements
    ? "RUN pip install --no-cache-dir -r requirements.txt\n"
    : existsSync(join(directory, "pyproject.toml"))
      ? "RUN pip install --no-cache-dir .\n"
      : "";
  return `FROM ${PYTHON}\n${environment} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1\nWORKDIR /app\nCOPY . .\n${install}${ready("65534:65534", "python")}${exec(["python3", ...start.args])}`;
}

/** What stays out of an image whose Dockerfile takes the whole folder. */
export const IGNORED = "**/.git\n**/.env*\n**/node_modules\n**/.venv\n**/__pycache__\n**/*.log\n";

function exec(words: string[]): string {
  return `CMD ${JSON.stringify(words)}\n`;
}

function read(directory: string, file: string): string | undefined {
  try {
    return readFileSync(join(directory, file), "utf8");
  } catch {
    return undefined;
  }
}
