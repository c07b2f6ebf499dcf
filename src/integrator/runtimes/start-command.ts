import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { AppError } from "../../lib/errors.ts";

export interface StartCommand {
  command: string;
  args: string[];
}

/** How a service in a folder is started, or undefined when nothing in it says how. HOST and PORT come by environment. */
export function startCommand(directory: string): StartCommand | undefined {
  return fromPackage(directory) ?? fromProcfile(directory) ?? fromPython(directory) ?? fromGo(directory);
}

/** Errors: ENVIRONMENT when the command's program is not on PATH. */
export function requireProgram(command: string, service: string): void {
  if (command.includes("/") || command.includes("\\") || onPath(command)) return;
  throw new AppError("ENVIRONMENT", `${service} is started with ${command}, which is not on PATH.`, {
    remedy: `Install ${command}, or run the services with Docker, then try again.`,
  });
}

function onPath(command: string): boolean {
  const names = process.platform === "win32" ? [`${command}.exe`, `${command}.cmd`, command] : [command];
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => names.some((name) => executable(join(folder, name))));
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A plain `node file.js` is started without npm between: one process less, and signals arrive. */
function fromPackage(directory: string): StartCommand | undefined {
  const manifest = read(directory, "package.json");
  if (manifest === undefined) return undefined;
  const scripts = scriptsOf(manifest);
  if (scripts.start === undefined)
    return existsSync(join(directory, "server.js")) ? { command: process.execPath, args: ["server.js"] } : undefined;
  const plain = /^node((?: +[\w./@=:,+-]+)+)$/.exec(scripts.start.trim());
  const hooked = scripts.prestart !== undefined || scripts.poststart !== undefined;
  if (plain?.[1] !== undefined && !hooked) return { command: process.execPath, args: plain[1].trim().split(/ +/) };
  return { command: "npm", args: ["start", "--silent"] };
}

function scriptsOf(manifest: string): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(manifest);
    const scripts = parsed !== null && typeof parsed === "object" && "scripts" in parsed ? parsed.scripts : {};
    return Object.fromEntries(Object.entries(scripts ?? {}).filter(([, line]) => typeof line === "string"));
  } catch {
    return {};
  }
}

function fromProcfile(directory: string): StartCommand | undefined {
  const line = /^web:(.*)$/m.exec(read(directory, "Procfile") ?? "")?.[1]?.trim();
  return line ? { command: "sh", args: ["-c", `exec ${line}`] } : undefined;
}

const PYTHON_ENTRIES = ["main.py", "app.py", "app/main.py", "src/main.py", "src/app/main.py", "server.py"];

/** An ASGI application is served by uvicorn when the project depends on it; any other entry file is run as it is. */
function fromPython(directory: string): StartCommand | undefined {
  const entry = PYTHON_ENTRIES.find((file) => existsSync(join(directory, file)));
  if (entry === undefined) return undefined;
  const python = [".venv/bin/python", "venv/bin/python"].find((file) => existsSync(join(directory, file)));
  const command = python === undefined ? "python3" : join(directory, python);
  const dependencies = `${read(directory, "requirements.txt") ?? ""}\n${read(directory, "pyproject.toml") ?? ""}`;
  const application = /^(\w+)(?:: *[\w.]+)? *= *(?:FastAPI|Starlette|Litestar)\(/m.exec(
    read(directory, entry) ?? "",
  )?.[1];
  if (application === undefined || !/\buvicorn\b|\bfastapi\b/i.test(dependencies)) return { command, args: [entry] };
  const module = entry.replace(/\.py$/, "").replaceAll("/", ".");
  const serve = `import os, uvicorn; uvicorn.run("${module}:${application}", host=os.environ["HOST"], port=int(os.environ["PORT"]))`;
  return { command, args: ["-c", serve] };
}

function fromGo(directory: string): StartCommand | undefined {
  if (!existsSync(join(directory, "go.mod"))) return undefined;
  if (existsSync(join(directory, "main.go"))) return { command: "go", args: ["run", "."] };
  return existsSync(join(directory, "cmd/server/main.go"))
    ? { command: "go", args: ["run", "./cmd/server"] }
    : undefined;
}

function read(directory: string, file: string): string | undefined {
  try {
    return readFileSync(join(directory, file), "utf8");
  } catch {
    return undefined;
  }
}
