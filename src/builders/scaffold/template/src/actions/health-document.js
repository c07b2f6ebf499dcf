import { answer } from "../answer.js";

/** Liveness in the form that the contract asks for. */
export function healthDocument(exchange) {
  answer(exchange, { status: "ok", service: exchange.config.name });
}
