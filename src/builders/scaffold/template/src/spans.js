const SERVER = 2;
const UNSET = 0;
const ERROR = 2;
const MOST_WAITING = 512;

/**
 * Report what each request was and how long it took, as spans over OTLP/HTTP in JSON to `config.tracesUrl`; without one
 * nothing is kept. Spans that cannot be delivered are dropped: whoever watches must not hold up who works.
 */
export function createSpans({ name, tracesUrl, tracesEveryMs }) {
  let waiting = [];
  let timer;
  let dropped = 0;
  let sending = Promise.resolve();

  function send() {
    clearTimeout(timer);
    timer = undefined;
    const spans = waiting;
    waiting = [];
    if (spans.length === 0) return sending;
    const attributes = attributesOf({ "service.name": name });
    const body = JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: "http" }, spans }] }],
    });
    // The report of spans belongs to no trace itself: no traceparent.
    sending = fetch(tracesUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(2000),
    })
      .then((response) => response.arrayBuffer())
      .catch(() => {
        dropped += spans.length;
      });
    return sending;
  }

  return {
    add({ span, method, path, status, durationMs }) {
      if (!tracesUrl || waiting.length >= MOST_WAITING) return;
      const end = BigInt(Math.round(Date.now() * 1000)) * 1000n;
      waiting.push({
        traceId: span.traceId,
        spanId: span.spanId,
        ...(span.parentId ? { parentSpanId: span.parentId } : {}),
        name: `${method} ${path}`,
        kind: SERVER,
        startTimeUnixNano: String(end - BigInt(Math.round(durationMs * 1e6))),
        endTimeUnixNano: String(end),
        attributes: attributesOf({
          "http.request.method": method,
          "url.path": path,
          "http.response.status_code": status,
        }),
        status: { code: status >= 500 ? ERROR : UNSET },
      });
      timer ??= setTimeout(send, tracesEveryMs).unref();
    },
    /** Send what waits; a shutdown waits for it. */
    flush: send,
    /** How many could not be delivered. */
    dropped: () => dropped,
  };
}

function attributesOf(values) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: String(value) },
  }));
}
