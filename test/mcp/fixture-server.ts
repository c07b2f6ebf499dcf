import { AppError } from "../../src/lib/errors.ts";
import { createLog } from "../../src/lib/log.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { serveStdio } from "../../src/mcp/stdio.ts";
import type { ToolCall } from "../../src/tools/define-tool.ts";
import { FIXTURE_TOOLS } from "./fixture-tools.ts";

/** `BROKEN_CONTEXTS=2` makes the first two attempts to build a context fail. */
let broken = Number(process.env.BROKEN_CONTEXTS ?? 0);
const log = createLog({ name: "fixture" });
const server = createMcpServer({
  tools: FIXTURE_TOOLS,
  makeContext: () => {
    if (broken-- > 0) throw new AppError("DATABASE_CORRUPT", "state.db cannot be read.", { remedy: "Move it away." });
    // The fixture tools use nothing of the context.
    return { workspace: process.cwd(), log } as ToolCall["ctx"];
  },
  version: "0.0.1",
  instructions: "Fixture tools.",
  log,
});
await serveStdio(server, { log, cleanup: () => void process.stderr.write("cleaned-up\n") });
