// Connects to the misbehaving server, tells its process id, and stays.
import { overStdio } from "./misbehaving.ts";

const remote = overStdio();
const { pid } = (await remote.call("pid", {})) as { pid: number };
process.stdout.write(`${pid}\n`);
setInterval(() => {}, 1000);
