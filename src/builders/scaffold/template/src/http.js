import { Problem } from "./problem.js";

const MAX_DEPTH = 64;

/**
 * The whole body of a request. Throws 413 when it is larger than `limit` bytes; the rest is then read and dropped, because
 * a client that still sends would otherwise see a broken connection instead of the answer.
 */
export function readBody(request, limit) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on("data", (chunk) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(new Problem(413, `The body is larger than ${limit} bytes.`));
      if (size > limit * 16) request.destroy();
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("close", () => reject(new Problem(400, "The body did not arrive completely.")));
    request.on("error", () => reject(new Problem(400, "The body did not arrive completely.")));
  });
}

/** The media type of a request in lower case, without parameters; "" when it has none. */
export function mediaType(headers) {
  return (headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
}

/** A JSON body as a value. Throws `status` when it is not JSON or nested too deeply to work with. */
export function parseJson(buffer, status = 400) {
  const text = buffer.toString("utf8");
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(status, "The body is not valid JSON.");
  }
  if (depthOf(value) > MAX_DEPTH) throw new Problem(status, `The body is nested deeper than ${MAX_DEPTH} levels.`);
  return value;
}

function depthOf(value) {
  let depth = 0;
  let level = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth += 1;
    level = level.flatMap((inner) => (inner !== null && typeof inner === "object" ? Object.values(inner) : []));
  }
  return depth;
}

/** Send an answer. `body` undefined means none; a string goes out as it is, anything else as JSON. */
export function send(response, { status, headers = {}, body }, { withoutBody = false } = {}) {
  const text = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(text === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...(status === 204 || status === 304 ? {} : { "content-length": Buffer.byteLength(text ?? "") }),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...headers,
  });
  response.end(withoutBody ? undefined : text);
}
