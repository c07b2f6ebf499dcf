import { Agent } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { baseEnvironment, outputOf, type Peer, startPeer } from "../../lib/exec.ts";

/** Each is one login; an sshd turns away more than ten that log in at once (MaxStartups). */
const CONNECTIONS = 6;
const LOGIN_SECONDS = 5;

/**
 * Connections to the engine behind an `ssh://[user@]host[:port][/socket]` address, each through the user's own ssh client
 * and `docker system dial-stdio` on the other side, as the docker command makes them: keys, aliases and jump hosts are those of ~/.ssh/config.
 */
export function sshAgent(address: string, environment: NodeJS.ProcessEnv): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const args = [...sshOptions(address), "--", new URL(address).hostname, "docker", ...dialStdio(address)];
  agent.createConnection = () => connect(args, sshEnvironment(environment));
  return agent;
}

/** The machine that ssh connects to: an address may be an alias of the user's configuration. */
export async function sshHost(address: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const { hostname } = new URL(address);
  const { stdout } = await outputOf("ssh", ["-G", ...sshOptions(address), "--", hostname], {
    cwd: process.cwd(),
    env: sshEnvironment(environment),
    timeoutMs: LOGIN_SECONDS * 1000,
    maxBytes: 100_000,
  });
  return /^hostname (\S+)$/m.exec(stdout)?.[1] ?? hostname;
}

function sshOptions(address: string): string[] {
  const { username, port } = new URL(address);
  return [
    "-o",
    "BatchMode=yes",
    "-o",
    `ConnectTimeout=${LOGIN_SECONDS}`,
    ...(username === "" ? [] : ["-l", decodeURIComponent(username)]),
    ...(port === "" ? [] : ["-p", port]),
  ];
}

function dialStdio(address: string): string[] {
  const { pathname } = new URL(address);
  return [...(pathname.length > 1 ? ["--host", `unix://${pathname}`] : []), "system", "dial-stdio"];
}

function sshEnvironment({ SSH_AUTH_SOCK: socket }: NodeJS.ProcessEnv): Record<string, string> {
  return baseEnvironment(socket === undefined ? {} : { SSH_AUTH_SOCK: socket });
}

/** An ssh of its own, as the socket that node:http asks for: at once, so that it counts among the agent's. */
function connect(args: string[], env: Record<string, string>): Duplex {
  let peer: Peer | undefined;
  const sockets = () =>
    [peer?.input, peer?.output, peer?.errors].filter((stream): stream is Socket => stream instanceof Socket);
  const connection: Duplex = new Duplex({
    construct: (done) => {
      startPeer({ command: "ssh", args, cwd: process.cwd(), env }).then((started) => {
        peer = started;
        for (const socket of sockets()) socket.ref();
        receive(started, connection);
        done();
      }, done);
    },
    read: () => void peer?.output.resume(),
    // A pipe that breaks is the end of ssh, which says more on its standard error.
    write: (chunk, _encoding, done) => void peer?.input.write(chunk, () => done()),
    final: (done) => void peer?.input.end(() => done()),
    destroy: (cause, done) => {
      void peer?.stop(0);
      done(cause);
    },
  });
  // The agent closes what it does not need any more, as an error if need be.
  connection.on("error", () => {});
  const same = () => connection;
  const each = (name: "ref" | "unref") => () => {
    for (const socket of sockets()) socket[name]();
    return connection;
  };
  const unused = { setKeepAlive: same, setNoDelay: same, setTimeout: same };
  return Object.assign(connection, unused, { ref: each("ref"), unref: each("unref") });
}

function receive({ output, errors }: Peer, connection: Duplex): void {
  let said = "";
  output.on("data", (chunk: Buffer) => {
    if (!connection.push(chunk)) output.pause();
  });
  errors.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  errors.once("close", () =>
    connection.destroy(new Error(`ssh: ${said.trim().replace(/\.$/, "") || "the connection ended"}`)),
  );
}
