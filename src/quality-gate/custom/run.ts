import { join } from "node:path";
import { readStable, textOf } from "../../source/read-file.ts";
import type { FileInfo } from "../../source/source-file.ts";
import { examine, type FileHit } from "../examine.ts";
import { appliesTo, type Rule } from "../rule.ts";

/**
 * What a project's own rules find. They are few and change with the project, so nothing of it is kept between scans: a
 * file that holds none of their words is read and not parsed.
 */
export function* customHits(
  root: string,
  files: readonly FileInfo[],
  rules: readonly Rule[],
): Generator<{ info: FileInfo; rule: Rule; hit: FileHit }> {
  const byCode = new Map(rules.map((rule) => [rule.code, rule]));
  for (const info of files) {
    if (!rules.some((rule) => appliesTo(rule, info))) continue;
    const read = readStable(join(root, info.path));
    const content = "skip" in read ? read : textOf(read.bytes, info.kind);
    if ("skip" in content) continue;
    for (const { code, hit } of examine(info, content.text, rules).hits) {
      const rule = byCode.get(code);
      if (rule) yield { info, rule, hit };
    }
  }
}
