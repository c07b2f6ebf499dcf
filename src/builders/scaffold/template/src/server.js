import { createApp } from "./app.js";
import { readConfig } from "./config.js";
import { createLog } from "./log.js";
import { routes } from "./routes.js";

const config = readConfig(process.env);
const log = createLog(config);

function start() {
  const app = createApp({ config, log });
  routes(app);
  app.server.on("error", (cause) => stopWith(cause));
  app.server.listen(config.port, config.host, () => {
    log.info("listening", { host: config.host, port: app.server.address().port });
  });
  process.once("SIGTERM", () => shutdown(app));
  process.once("SIGINT", () => shutdown(app));
}

/** Take no new requests, finish what is under way, and be gone within five seconds. */
function shutdown(app) {
  log.info("shutting down");
  setTimeout(() => process.exit(0), 4500).unref();
  app.server.close(async () => {
    await app.settled();
    process.exit(0);
  });
  // A connection that is busy now becomes idle later, and would be kept alive.
  setInterval(() => app.server.closeIdleConnections(), 50).unref();
}

function stopWith(cause) {
  log.error("could not start", { error: cause.message });
  process.exitCode = 1;
}

try {
  start();
} catch (cause) {
  stopWith(cause);
}
