import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Digest over the sources in folders, for what is kept between runs; scripts/build.mjs does the same for a bundle. */
export function sourcesVersion(...folders: URL[]): string {
  const hash = createHash("sha256").update(process.versions.v8);
  for (const folder of folders.map((url) => fileURLToPath(url))) {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    for (const name of files.sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 32);
}
