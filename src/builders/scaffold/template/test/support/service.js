import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";

const ROOT = new URL("../..", import.meta.url);

/** Start the real service on a free port, with secrets made for this run. */
export async function startService(env = {}) {
  const secrets = { JWT_SECRET: randomBytes(32).toString("hex"), EVENT_SECRET: randomBytes(32).toString("hex") };
  const child = spawn(process.execPath, ["src/server.js"], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", ...secrets, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const logs = [];
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const entry = JSON.parse(line);
      logs.push(entry);
      if (entry.msg === "listening") resolve(entry.port);
    });
    exited.then(() => reject(new Error(`The service ended before it listened: ${JSON.stringify(logs)}`)), reject);
  });
  const port = await listening;
  return {
    url: `http://127.0.0.1:${port}`,
    secrets,
    logs,
    /** SIGTERM; gives the exit code. */
    async stop() {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}

/** Wait until a condition holds, looking again every few milliseconds; false after `limitMs`. */
export async function eventually(condition, limitMs = 20_000) {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** One request. `body` is sent as JSON unless it is a string. */
export async function request(url, { method = "GET", body, token, headers = {} } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
}
