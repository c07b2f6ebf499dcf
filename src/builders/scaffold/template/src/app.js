import { createServer } from "node:http";
import { parseJson, readBody, send } from "./http.js";
import { Problem } from "./problem.js";
import { createRouter } from "./router.js";
import { createSpans } from "./spans.js";
import { startSpan } from "./trace.js";

/**
 * An application: routes made of steps that run one after another on an `exchange`. A step may throw a Problem; the
 * exchange's `reply` is sent when all have run.
 */
export function createApp({ config, log }) {
  const shared = { config, log };
  const router = createRouter();
  const spans = createSpans(config);
  const pending = new Set();
  const background = {
    /** Work that goes on after the answer; a shutdown waits for it. */
    run(work, what) {
      const task = work()
        .catch((cause) => log.error(`${what} failed`, { error: cause.message }))
        .finally(() => pending.delete(task));
      pending.add(task);
    },
  };

  const add =
    (method) =>
    (path, ...steps) =>
      router.add(method, path, { steps });

  async function answer(request, response) {
    const begin = performance.now();
    const span = startSpan(request.headers.traceparent, request.headers.tracestate);
    const pathname = pathOf(request.url);
    let reply;
    try {
      reply = await handle(request, pathname, span);
    } catch (cause) {
      reply = failure(cause, span);
    }
    send(response, reply, { withoutBody: request.method === "HEAD" });
    const durationMs = Math.round((performance.now() - begin) * 1000) / 1000;
    spans.add({ span, method: request.method, path: pathname, status: reply.status, durationMs });
    log.info("request", {
      method: request.method,
      path: pathname,
      status: reply.status,
      duration_ms: durationMs,
      trace_id: span.traceId,
      span_id: span.spanId,
    });
  }

  async function handle(request, pathname, span) {
    const { route, params, allowed } = findRoute(request.method, pathname);
    const methods = [...allowed, "OPTIONS"].join(", ");
    if (allowed.length > 0 && request.method === "OPTIONS") return { status: 204, headers: { allow: methods } };
    if (!route && allowed.length > 0)
      throw new Problem(405, `${request.method} is not offered here.`, { headers: { allow: methods } });
    if (!route) throw new Problem(404, "There is nothing at this path.");
    const exchange = {
      ...shared,
      background,
      span,
      method: route.method,
      path: route.path,
      params,
      query: new URL(request.url, "http://localhost").searchParams,
      headers: request.headers,
      rawBody: await readBody(request, config.maxBodyBytes),
      json: (status) => parseJson(exchange.rawBody, status),
      body: undefined,
      caller: undefined,
      subject: undefined,
      reply: { status: 204 },
    };
    for (const step of route.steps) await step(exchange);
    return exchange.reply;
  }

  function findRoute(method, pathname) {
    try {
      return router.find(method, pathname);
    } catch {
      throw new Problem(400, "The path is not correctly percent-encoded.");
    }
  }

  function failure(cause, span) {
    const problem = cause instanceof Problem ? cause : new Problem(500, "Something went wrong here.");
    if (problem !== cause) log.error("unexpected error", { error: cause.stack, trace_id: span.traceId });
    return {
      status: problem.status,
      headers: { "content-type": "application/problem+json", ...problem.headers },
      body: problem,
    };
  }

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch((cause) => {
      log.error("answer failed", { error: cause.message });
      response.destroy();
    });
  });

  return {
    /** Share something with every step. */
    use: (resources) => Object.assign(shared, resources),
    /** Refuse to start without these environment variables. */
    needs(...names) {
      const missing = names.filter((name) => !config.secrets[name]);
      if (missing.length > 0) throw new Error(`${missing.join(" and ")} must be set.`);
    },
    get: add("GET"),
    put: add("PUT"),
    post: add("POST"),
    patch: add("PATCH"),
    delete: add("DELETE"),
    server,
    /** Wait for what still goes on in the background. */
    settled: () => Promise.allSettled([...pending, spans.flush()]),
  };
}

function pathOf(url) {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
