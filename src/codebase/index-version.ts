import { sourcesVersion } from "../lib/sources-version.ts";

/** Set by the bundler: what `indexVersion` gives for the sources the bundle is made of. */
declare const __INDEX_VERSION__: string | undefined;

let known: string | undefined;

/** Changes whenever the index, or what it reads files with, may take something else from a file. */
export function indexVersion(): string {
  known ??=
    typeof __INDEX_VERSION__ === "string"
      ? __INDEX_VERSION__
      : sourcesVersion(new URL(".", import.meta.url), new URL("../source/", import.meta.url));
  return known;
}
