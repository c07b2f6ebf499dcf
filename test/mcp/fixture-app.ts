import type { Log } from "../../src/lib/log.ts";
import type { HttpAppOptions } from "../../src/mcp/http/app.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import type { ToolCall } from "../../src/tools/define-tool.ts";
import { FIXTURE_TOOLS } from "./fixture-tools.ts";

/** An HTTP application that serves the fixture tools, without a say in who may come in. */
export function fixtureApp(log: Log): Omit<HttpAppOptions, "token" | "authority"> {
  return {
    makeServer: () =>
      createMcpServer({
        tools: FIXTURE_TOOLS,
        // The fixture tools use nothing of the context.
        makeContext: () => ({ workspace: process.cwd(), log }) as ToolCall["ctx"],
        version: "1",
        instructions: "",
        log,
      }),
    hosts: [],
    origins: [],
    rate: { per_second: 1000, burst: 1000 },
    max_sessions: 60,
    idle_ms: 60_000,
    max_body: 1024 * 1024,
    version: "1",
    log,
  };
}
