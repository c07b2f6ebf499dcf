// What the index takes from each file of a folder, one line of digests a file, to prove that a faster way takes the same:
//   npx tsx bench/codebase-facts.ts FOLDER > before     (then, with the other sources:)
//   npx tsx bench/codebase-facts.ts FOLDER | diff before -
// Good folders: test/fixtures, the sources of packages, Python's standard library, GOROOT/src, the JDK's src.zip.
import { resolve } from "node:path";
import { readBatch } from "../src/codebase/index/read-code.ts";
import { sha256 } from "../src/lib/ids.ts";
import { isTestPath, kindOf, languageOf } from "../src/source/languages.ts";
import { walk } from "../src/source/walk.ts";

const root = resolve(process.argv[2] ?? ".");
for (const { path } of walk(root, [], new AbortController().signal).files) {
  const info = { path, kind: kindOf(path), language: languageOf(path), service: "", is_test: isTestPath(path) };
  const [result] = await readBatch({ root, tasks: [{ info, known: null }] });
  const said =
    result?.state === "new"
      ? Object.entries(result.contents).map(([what, value]) => `${what}:${sha256(JSON.stringify(value)).slice(0, 8)}`)
      : result?.state === "skipped"
        ? [result.reason]
        : [];
  console.log(path, ...said);
}
