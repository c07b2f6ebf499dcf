import { readFileSync } from "node:fs";

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** Serve one file of `public/`; read once at start, so that no request can name another. */
export function file(name) {
  const body = readFileSync(new URL(`../public/${name}`, import.meta.url));
  const type = TYPES[name.split(".").at(-1)] ?? "application/octet-stream";
  const headers = {
    "content-type": type,
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "cache-control": "public, max-age=300",
  };
  return (exchange) => {
    exchange.reply = { status: 200, headers, body };
  };
}
