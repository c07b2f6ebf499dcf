// Starts the MCP server: the installed one, else the published package through npx.
import { spawn } from "node:child_process";
import { installed } from "./program.mjs";

const [command, ...args] = installed() ?? ["npx", "-y", "super-orchestrator"];
const child = spawn(command, [...args, "serve", ...process.argv.slice(2)], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (cause) => {
  process.stderr.write(`super-orchestrator could not be started: ${cause.message}. Install it with npm.\n`);
  process.exit(2);
});
child.on("exit", (code) => process.exit(code ?? 1));
