// Bundles the two entry points into dist/. Bundling halves start-up time; what is native, heavy or loaded by file name
// stays outside the bundle and is imported when it is first needed.
import { chmodSync, rmSync } from "node:fs";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/cli.ts", "src/server.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
  logLevel: "warning",
  external: [
    "better-sqlite3",
    "web-tree-sitter",
    "@vscode/tree-sitter-wasm",
    "@asyncapi/parser",
    "@readme/openapi-parser",
  ],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
chmodSync("dist/cli.js", 0o755);
