import { isJson } from "./contract.js";
import { shape } from "./shape.js";

/** Reply with the operation's documented success: the document, reduced to what the response schema says. */
export function answer(exchange, value) {
  const { operation, contract } = exchange;
  if (operation.responseSchema === undefined) {
    exchange.reply = { status: operation.status };
    return;
  }
  const body = shape(contract.document, operation.responseSchema, value);
  const json = isJson(operation.contentType);
  exchange.reply = {
    status: operation.status,
    headers: { "content-type": operation.contentType },
    body: json ? Buffer.from(JSON.stringify(body)) : String(body),
  };
}
