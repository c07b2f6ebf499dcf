import { parseDocument } from "yaml";
import { isRecord } from "../contract-documents.ts";
import type { SourceFile } from "../source-file.ts";

const ASSIGNED =
  /^[ \t]{0,40}(?:-[ \t]{1,8})?(?:export[ \t]{1,4})?["']?([A-Z][A-Z0-9_]{2,80})["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([\w.:/#*@-]{1,200})["']?[ \t]{0,20}\r?$/gm;
const PROPERTY = /^[ \t]{0,20}([\w.-]{2,120})[ \t]{0,8}[=:][ \t]{0,8}([\w.:/#*@-]{1,200})[ \t]{0,20}\r?$/gm;
const MAX_CHARACTERS = 256 * 1024;
const MOST = 500;
const STEPS = 20_000;

/** Environment variables (`env:NAME`) and Spring properties (`property:a.b`) that a configuration file sets. */
export function settingsIn(file: SourceFile): Map<string, string> | undefined {
  const { path, text, kind } = file;
  if (text.length > MAX_CHARACTERS) return undefined;
  const found = new Map<string, string>();
  const add = (name: string, value: string) => void (found.size < MOST && found.set(name, value));
  if (
    kind === "compose" ||
    /(^|\/)[^/]*\.env(\.[\w-]+)?$|(^|\/)(k8s|kubernetes|helm|deploy\w*|config)\/[^/]*\.ya?ml$/.test(path)
  )
    for (const [, name = "", value = ""] of text.matchAll(ASSIGNED)) add(`env:${name}`, value);
  if (/(^|\/)(application|bootstrap)[\w-]*\.properties$/.test(path))
    for (const [, name = "", value = ""] of text.matchAll(PROPERTY)) add(`property:${name}`, value);
  if (/(^|\/)(application|bootstrap)[\w-]*\.ya?ml$/.test(path)) flatten(documentOf(text), "", add, { left: STEPS });
  return found.size > 0 ? found : undefined;
}

function documentOf(text: string): unknown {
  try {
    return parseDocument(text).toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

/** Aliases may make a small document endless: the work has an end. */
function flatten(
  node: unknown,
  path: string,
  add: (name: string, value: string) => void,
  steps: { left: number },
  depth = 0,
): void {
  if (!isRecord(node) || depth > 10) return;
  for (const [key, value] of Object.entries(node).slice(0, 500)) {
    steps.left -= 1;
    if (steps.left < 0) return;
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") add(`property:${name}`, /^\$\{[^{}:]*:([^{}]*)\}$/.exec(value)?.[1] ?? value);
    else flatten(value, name, add, steps, depth + 1);
  }
}

/** All settings of a project; those that files set differently are left out. */
export function mergedSettings(all: readonly ReadonlyMap<string, string>[]): Map<string, string> {
  const merged = new Map<string, string>();
  const torn = new Set<string>();
  for (const settings of all)
    for (const [name, value] of settings) {
      if (merged.has(name) && merged.get(name) !== value) torn.add(name);
      merged.set(name, value);
    }
  for (const name of torn) merged.delete(name);
  return merged;
}
