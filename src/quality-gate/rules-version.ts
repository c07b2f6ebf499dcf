import { sourcesVersion } from "../lib/sources-version.ts";

/** Set by the bundler: what `rulesVersion` gives for the sources the bundle is made of. */
declare const __RULES_VERSION__: string | undefined;

let known: string | undefined;

/** Changes whenever rules, or what they read files with, may find something else. */
export function rulesVersion(): string {
  known ??=
    typeof __RULES_VERSION__ === "string"
      ? __RULES_VERSION__
      : sourcesVersion(new URL(".", import.meta.url), new URL("../source/", import.meta.url));
  return known;
}
