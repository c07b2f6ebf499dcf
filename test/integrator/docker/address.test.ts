import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { connectEngine } from "../../../src/integrator/runtimes/docker-engine.ts";
import { watchProject } from "../../../src/integrator/runtimes/docker-events.ts";
import { freePorts } from "../../../src/integrator/runtimes/free-port.ts";
import { messageOf } from "../../../src/lib/errors.ts";
import { temporary } from "../system.ts";
import { describeDocker } from "./engine.ts";

const socket = (process.env.DOCKER_ENGINE ?? "").replace("unix://", "");
const path = process.env.PATH ?? "";
afterEach(() => {
  process.env.PATH = path;
});

const run = (folder: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, stdio: "pipe" }).toString();

/** An authority, a server's certificate for 127.0.0.1 and a client's, as `ca.pem`, `cert.pem` and `key.pem` of DOCKER_CERT_PATH. */
function certificates(): string {
  const folder = temporary();
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  run(
    folder,
    "openssl",
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca-key.pem",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=test authority",
  );
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1\n");
  for (const [name, who] of [
    ["server", "/CN=127.0.0.1"],
    ["", "/CN=client"],
  ] as const) {
    const file = (kind: string) => (name === "" ? `${kind}.pem` : `${name}-${kind}.pem`);
    run(folder, "openssl", "req", ...key, "-keyout", file("key"), "-out", "request.pem", "-subj", who);
    run(
      folder,
      "openssl",
      "x509",
      "-req",
      "-in",
      "request.pem",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca-key.pem",
      "-CAcreateserial",
      "-out",
      file("cert"),
      "-extfile",
      "names",
    );
  }
  return folder;
}

/** The engine behind TLS, for clients with a certificate of the authority. Gives its address. */
async function behindTls(folder: string): Promise<string> {
  const file = (name: string) => readFileSync(join(folder, name));
  const options = { ca: file("ca.pem"), cert: file("server-cert.pem"), key: file("server-key.pem") };
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (client) => {
    const engine = createConnection(socket);
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const)
      from.on("error", () => to.destroy()).pipe(to);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describeDocker("an engine elsewhere", () => {
  test("DOCKER_HOST behind TLS, with the certificates of DOCKER_CERT_PATH and not without", async () => {
    const folder = certificates();
    const address = await behindTls(folder);
    const engine = await connectEngine({ DOCKER_HOST: address, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder });
    expect(engine.version).toMatch(/^\d+\./);
    expect(engine.environment).toMatchObject({ DOCKER_HOST: address, DOCKER_CERT_PATH: folder });
    expect((await engine.docker.listImages()).length).toBeGreaterThan(0);
    await expect(connectEngine({ DOCKER_HOST: address })).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(address),
    });
  });

  test("the current context of the docker command, with its certificates", async () => {
    const folder = certificates();
    const address = await behindTls(folder);
    const environment = { PATH: path, DOCKER_CONFIG: join(temporary(), "docker") };
    const docker = (...args: string[]) => execFileSync("docker", args, { env: environment, stdio: "pipe" });
    const files = ["ca", "cert", "key"].map((name) => `${name}=${join(folder, `${name}.pem`)}`);
    docker("context", "create", "elsewhere", "--docker", [`host=${address}`, ...files].join(","));
    docker("context", "use", "elsewhere");
    const engine = await connectEngine(environment);
    expect(engine.address).toMatchObject({ host: address, from: "context elsewhere" });
    expect(engine.version).toMatch(/^\d+\./);
  });

  test("ssh, through the user's own client and its configuration", { timeout: 60_000 }, async (context) => {
    if (!existsSync("/usr/sbin/sshd")) context.skip("sshd is not installed");
    const port = await startSshd();
    const address = `ssh://engine-host:${port}${socket}`;
    const engine = await connectEngine({ DOCKER_HOST: address });
    expect(engine.version).toMatch(/^\d+\./);
    // "engine-host" is an alias of the configuration.
    expect(engine.publish).toEqual({ host: "127.0.0.1", bind: "127.0.0.1" });
    const watch = await watchProject(engine, "nothing-of-that-name");
    // More at once than logins are allowed.
    const versions = await Promise.all(Array.from({ length: 12 }, () => engine.docker.version()));
    expect(new Set(versions.map(({ Version }) => Version))).toEqual(new Set([engine.version]));
    watch.close();
    const stranger = `ssh://nobody-at-all@engine-host:${port}${socket}`;
    const refused = await connectEngine({ DOCKER_HOST: stranger }).catch((cause: unknown) => messageOf(cause));
    expect(refused).toContain(`No Docker engine answers at ${stranger} (DOCKER_HOST): ssh: `);
    expect(refused).toContain("Permission denied (publickey");
  });
});

/** An sshd of this user that takes one key, and an `ssh` on PATH whose configuration knows it as `engine-host`. Gives its port. */
async function startSshd(): Promise<number> {
  const folder = temporary();
  const [port = 0] = await freePorts(1);
  for (const name of ["host", "user"]) run(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name);
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(folder, name), text, { mode });
    return join(folder, name);
  };
  const keys = file("authorized", readFileSync(join(folder, "user.pub"), "utf8"));
  file("known", `[127.0.0.1]:${port} ${readFileSync(join(folder, "host.pub"), "utf8")}`);
  const server = file(
    "sshd_config",
    `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${join(folder, "host")}\nAuthorizedKeysFile ${keys}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\n`,
  );
  const client = file(
    "ssh_config",
    `Host engine-host\n  HostName 127.0.0.1\n  IdentityFile ${join(folder, "user")}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${join(folder, "known")}\n`,
  );
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const daemon = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", server], { stdio: "ignore" });
  onTestFinished(() => void daemon.kill("SIGKILL"));
  await expect.poll(() => answers(port), { timeout: 10_000 }).toBe(true);
  const ssh = run(folder, "which", "ssh").trim();
  mkdirSync(join(folder, "bin"));
  chmodSync(file("bin/ssh", `#!/bin/sh\nexec ${ssh} -F ${client} "$@"\n`, 0o700), 0o700);
  process.env.PATH = `${join(folder, "bin")}:${path}`;
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
