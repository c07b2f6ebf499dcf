/** Liveness: the process serves. */
export function health(exchange) {
  exchange.reply = { status: 200, body: { status: "ok", service: exchange.config.name } };
}
