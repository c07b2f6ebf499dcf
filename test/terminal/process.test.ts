import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const cli = fileURLToPath(new URL("fixture-cli.ts", import.meta.url));

function start(args: string[]) {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", cli, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  const saw = (part: string) =>
    new Promise<void>((resolve) => {
      child.stderr?.on("data", () => errors.includes(part) && resolve());
    });
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  const closed = once(child, "close").then(([code, signal]) => ({ code, signal, output, errors }));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await closed;
  };
  return { child, saw, closed, [Symbol.asyncDispose]: stop };
}

describe("a command as a process", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "stops its work on %s, closes its context and exits 130",
    async (signal) => {
      await using run = start(["wait-forever"]);
      await run.saw("waiting-now");
      run.child.kill(signal);
      const { code, errors } = await run.closed;
      expect(code).toBe(130);
      expect(errors).toMatch(/stopped-now[\s\S]*closed-context[\s\S]*error INTERRUPTED/);
    },
  );

  it("prints a large answer completely into a pipe", async () => {
    await using run = start(["big-answer", "3000000", "--json"]);
    const { code, output } = await run.closed;
    expect(code).toBe(0);
    expect(JSON.parse(output).blob).toHaveLength(3_000_000);
  });

  it("ends quietly when its reader goes away", async () => {
    await using run = start(["big-answer", "3000000", "--json"]);
    run.child.stdout?.destroy();
    const { code, errors } = await run.closed;
    expect(code).toBe(0);
    expect(errors).not.toContain("EPIPE");
  });
});
