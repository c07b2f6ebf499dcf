import { AppError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Definition } from "../../model/codebase.ts";
import type { Known, Snapshot } from "./snapshot.ts";

const KINDS = ["class", "interface", "function", "method", "type", "enum", "variable"];

/** Languages under the names people give them. */
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  ts: ["typescript"],
  js: ["javascript"],
  py: ["python"],
  golang: ["go"],
};

/**
 * The definitions a symbol means, the likeliest first: `create`, `OrderService.create`, and where several have the name
 * `orders/service.py:create`. Errors: NOT_FOUND with what comes close.
 */
export function definitionsOf(snapshot: Snapshot, symbol: string, language?: string): Known[] {
  const { file, path } = partsOf(symbol);
  const name = path.at(-1) ?? "";
  const container = path.slice(0, -1).join(".");
  const wanted = language === undefined ? undefined : (LANGUAGES[language.toLowerCase()] ?? [language.toLowerCase()]);
  const fits = (one: Known) => {
    const where = snapshot.files.get(one.file);
    if (!where || (wanted && !wanted.includes(where.language))) return false;
    if (file !== undefined && where.path !== file && !where.path.endsWith(`/${file}`)) return false;
    return container === "" || one.container === container || one.container.endsWith(`.${container}`);
  };
  const found = snapshot.named(name).filter(fits);
  // module.name: the file's name for a container.
  const inModule =
    found.length === 0 && container !== ""
      ? snapshot.named(name).filter((one) => {
          const where = snapshot.files.get(one.file)?.path.replace(/(\/__init__|\/index)?\.\w+$/, "");
          return (
            one.container === "" && where !== undefined && `/${where}`.endsWith(`/${container.replaceAll(".", "/")}`)
          );
        })
      : [];
  const all = [...found, ...inModule];
  if (all.length === 0) throw notFound(snapshot, symbol, name, language);
  const rank = (one: Known) => {
    const where = snapshot.files.get(one.file);
    return (
      (where?.is_test ? 1000 : 0) +
      (one.exported ? 0 : 100) +
      (one.flags.includes("abstract") ? 50 : 0) +
      (one.container === "" ? 0 : 20) +
      KINDS.indexOf(one.kind)
    );
  };
  return all.sort((a, b) => rank(a) - rank(b) || compare(placeOf(snapshot, a), placeOf(snapshot, b)));
}

function partsOf(symbol: string): { file: string | undefined; path: string[] } {
  const plain = symbol.trim().replace(/\(.*$/, "");
  const [, file, rest] = /^(.+\.\w+)[:#]{1,2}([^:#]+)$/.exec(plain) ?? [];
  const path = (rest ?? plain)
    .replace(/#|::|\.prototype\./g, ".")
    .replace(/^[(*&]+|\)/g, "")
    .split(".");
  return { file: file?.replace(/^\.\//, ""), path: path.filter((part) => part !== "") };
}

function placeOf(snapshot: Snapshot, { file, line }: Known): string {
  return `${snapshot.files.get(file)?.path ?? ""}\0${String(line).padStart(8, "0")}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notFound(snapshot: Snapshot, symbol: string, name: string, language: string | undefined): AppError {
  const close = closeTo(snapshot, name);
  const where = language === undefined ? "" : ` in ${language}`;
  return new AppError("NOT_FOUND", `The index knows no definition of ${symbol}${where}.`, {
    remedy:
      close.length > 0
        ? `Names that come close: ${close.join(", ")}.`
        : "Check the spelling, or look for what it does with search_semantic.",
    details: { symbol, close },
  });
}

function closeTo(snapshot: Snapshot, name: string): string[] {
  if (name === "") return [];
  const like = snapshot.db
    .prepare("SELECT DISTINCT name FROM definitions WHERE name LIKE ? ESCAPE '\\' ORDER BY length(name), name LIMIT 5")
    .pluck();
  const within = like.all(`%${name.replace(/[\\%_]/g, "\\$&")}%`) as string[];
  if (within.length > 0) return within;
  const some = snapshot.db
    .prepare("SELECT DISTINCT name FROM definitions WHERE length(name) BETWEEN ? AND ? LIMIT 50000")
    .pluck();
  const best = nearest(name, some.all(name.length - 2, name.length + 2) as string[]);
  return best === undefined ? [] : [best];
}

/** A definition as answers show it. */
export function shownDefinition(snapshot: Snapshot, one: Known): Definition {
  const file = snapshot.files.get(one.file);
  return {
    symbol: one.container === "" ? one.name : `${one.container}.${one.name}`,
    file: file?.path ?? "",
    line: one.line,
    kind: one.kind,
    signature: one.signature,
    language: file?.language ?? "",
    service_name: file?.service || null,
    exported: one.exported,
  };
}
