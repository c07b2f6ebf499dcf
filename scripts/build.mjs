// Bundles the entry points into dist/. Bundling halves start-up time; what is native, heavy or loaded by file name
// stays outside the bundle and is imported when it is first needed.
import { createHash } from "node:crypto";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** What scans and indexes are kept under: other sources, or other parsers under them, find other things. */
function versionOf(...folders) {
  const hash = createHash("sha256").update(readFileSync("package-lock.json"));
  for (const folder of folders)
    for (const name of readdirSync(folder, { recursive: true }).sort())
      if (name.endsWith(".ts")) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 32);
}

/**
 * What every start would read and never use: zod's messages in forty languages, and the validator with which the SDK's
 * server checks answers to elicitations (src/mcp/client-peer.ts checks them by zod).
 */
const lean = {
  name: "lean",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      importer.includes("/zod/") ? { path: join(resolveDir, "../locales/index.js"), namespace: "lean" } : undefined,
    );
    onResolve({ filter: /\/validation\/ajv-provider\.js$/ }, ({ importer }) =>
      importer.endsWith("/sdk/dist/esm/server/index.js") ? { path: "ajv-provider", namespace: "lean" } : undefined,
    );
    onLoad({ filter: /locales/, namespace: "lean" }, ({ path }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: dirname(path),
    }));
    onLoad({ filter: /^ajv-provider$/, namespace: "lean" }, () => ({
      contents:
        'export class AjvJsonSchemaValidator { getValidator() { throw new Error("The bundle checks by zod, not by the SDK."); } }',
    }));
  },
};

rmSync("dist", { recursive: true, force: true });
await build({
  // The scan and the index start threads, the pact verifier a process: they need files of their own.
  entryPoints: {
    cli: "src/cli.ts",
    server: "src/server.ts",
    "scan-worker": "src/quality-gate/worker.ts",
    "index-worker": "src/codebase/worker.ts",
    "pact-worker": "src/integrator/pact/worker.ts",
  },
  define: {
    __RULES_VERSION__: JSON.stringify(versionOf("src/quality-gate", "src/source")),
    __INDEX_VERSION__: JSON.stringify(versionOf("src/codebase", "src/source")),
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
  logLevel: "warning",
  plugins: [lean],
  // What is native, heavy or loaded by file name: it is installed beside the bundle.
  external: JSON.parse(readFileSync("scripts/external.json", "utf8")),
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
chmodSync("dist/cli.js", 0o755);
// The scaffold builder copies these files into the services it writes.
cpSync("src/builders/scaffold/template", "dist/scaffold-template", { recursive: true });
