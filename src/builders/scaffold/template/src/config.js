import { readFileSync } from "node:fs";

const { name } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Settings from the environment; the README lists them. */
export function readConfig(env) {
  return {
    name: env.SERVICE_NAME || name,
    host: env.HOST || "0.0.0.0",
    port: Number(env.PORT || 8080),
    logLevel: env.LOG_LEVEL || "info",
    secrets: { JWT_SECRET: env.JWT_SECRET, EVENT_SECRET: env.EVENT_SECRET },
    eventSubscribers: parseSubscribers(env.EVENT_SUBSCRIBERS || "{}"),
    maxBodyBytes: 1024 * 1024,
    callTimeoutMs: 5000,
    tracesUrl: tracesUrl(env),
    tracesEveryMs: Number(env.OTEL_BSP_SCHEDULE_DELAY) || 5000,
  };
}

/** Where spans are sent (OpenTelemetry's variables); undefined when nobody wants them. */
function tracesUrl(env) {
  if (env.OTEL_SDK_DISABLED === "true" || env.OTEL_TRACES_EXPORTER === "none") return undefined;
  if (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  return env.OTEL_EXPORTER_OTLP_ENDPOINT && `${env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, "")}/v1/traces`;
}

/** Event name → list of URLs. */
function parseSubscribers(text) {
  try {
    return new Map(Object.entries(JSON.parse(text)));
  } catch {
    throw new Error("EVENT_SUBSCRIBERS is not a JSON object of event names and lists of URLs.");
  }
}

/** The base URL of another service, from `<SERVICE>_URL`; undefined when it is not set. */
export function serviceUrl(service, env = process.env) {
  const url = env[`${service.toUpperCase().replaceAll("-", "_")}_URL`];
  return url?.replace(/\/+$/, "");
}
