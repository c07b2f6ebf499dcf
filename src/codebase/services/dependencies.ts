import { AppError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Dependencies } from "../../model/codebase.ts";
import type { IndexedFile } from "../index/database.ts";
import type { Names } from "../resolve/names.ts";
import type { KnownBound, Snapshot } from "../resolve/snapshot.ts";
import { serviceGraph } from "./graph.ts";

const MOST_CYCLES = 20;
const LONGEST_CYCLE = 12;
/** Steps of looking for cycles: real projects need few. */
const BUDGET = 20_000;

interface Neighbours {
  imports(file: IndexedFile): readonly IndexedFile[];
  importedBy(file: IndexedFile): readonly IndexedFile[];
  packages(file: IndexedFile): string[];
}

/** What a file imports and who imports it. Errors: NOT_FOUND. */
export function dependenciesOf(
  snapshot: Snapshot,
  names: Names,
  question: { file_path: string; depth?: number; direction?: "imports" | "imported_by" | "both" },
): Dependencies {
  const file = fileAt(snapshot, question.file_path);
  const { depth = 1, direction = "both" } = question;
  const near = neighboursOf(snapshot, names);
  const imports = direction === "imported_by" ? [] : near.imports(file);
  const importedBy = direction === "imports" ? [] : near.importedBy(file);
  const paths = (files: readonly IndexedFile[]) => files.map(({ path }) => path).sort();
  const direct = new Set([file, ...imports]);
  return {
    file_path: file.path,
    imports: paths(imports),
    imported_by: paths(importedBy),
    transitive_deps:
      direction === "imported_by"
        ? paths(reached(file, depth, near.importedBy).filter((one) => one !== file && !importedBy.includes(one)))
        : paths(reached(file, depth, near.imports).filter((one) => !direct.has(one))),
    circular_deps: cyclesThrough(file, near.imports),
    packages: near.packages(file),
    service_dependencies: serviceGraph(snapshot, names).filter(
      ({ from_service, to_service }) => from_service === file.service || to_service === file.service,
    ),
  };
}

/** A file by its path, from the project folder or the end of it. Errors: NOT_FOUND with what comes close. */
export function fileAt(snapshot: Snapshot, path: string): IndexedFile {
  const plain = path.replaceAll("\\", "/").replace(/^\.\//, "");
  const exact = snapshot.byPath.get(plain);
  if (exact) return exact;
  const ending = [...snapshot.byPath.values()].filter((file) => file.path.endsWith(`/${plain}`));
  const [only] = ending;
  if (only && ending.length === 1) return only;
  const close =
    ending.length > 0 ? ending.map((file) => file.path) : [nearest(plain, [...snapshot.byPath.keys()]) ?? ""];
  throw new AppError("NOT_FOUND", `The index knows no file ${path}.`, {
    remedy: close[0]
      ? `Did you mean ${close.slice(0, 5).join(", ")}?`
      : "Give its path relative to the project folder.",
    details: { close },
  });
}

function neighboursOf(snapshot: Snapshot, names: Names): Neighbours {
  const targets = (file: IndexedFile, { module, name }: KnownBound): readonly IndexedFile[] => {
    const { modules } = names;
    if (file.language === "java") {
      if (name === "*") return modules.inPackage(module);
      const found = modules.resolve(file, `${module}.${name}`);
      return found.length > 0 ? found : modules.resolve(file, module);
    }
    const found = modules.resolve(file, module);
    if (file.language !== "python" || name === "*") return found;
    // from package import module
    const inner = modules.submodule(file, module, name);
    return inner.length > 0 ? inner : found;
  };
  const memo = new Map<number, readonly IndexedFile[]>();
  const imports = (file: IndexedFile): readonly IndexedFile[] => {
    const before = memo.get(file.id);
    if (before) return before;
    const found = new Set<IndexedFile>();
    for (const bound of snapshot.boundOf(file.id))
      if (bound.module !== "")
        for (const other of targets(file, bound)) if (other !== file && isDependency(file, other)) found.add(other);
    const result = [...found];
    memo.set(file.id, result);
    return result;
  };
  return {
    imports,
    importedBy(file) {
      const parts = file.path.replace(/(\/__init__|\/index)?\.(d\.)?\w+$/, "").split("/");
      // A package of Go goes by its folder; `from package import module` by the module's name.
      const tails = new Set([parts.at(-1) ?? "", ...(file.language === "go" ? [parts.at(-2) ?? ""] : [])]);
      const rows = [...tails].flatMap((tail) => [
        ...snapshot.boundByTail(tail),
        ...(file.language === "python" || file.language === "java" ? snapshot.boundByName(tail) : []),
      ]);
      // The root package of a module, and packages that go by a name of their own.
      const others = /(^|\/)(__init__\.py|index\.\w+)$/.test(file.path) || (file.language === "go" && parts.length < 3);
      const candidates = new Set(others || isEntry(file) ? [...snapshot.files.keys()] : rows.map((row) => row.file));
      return [...candidates].flatMap((id) => {
        const other = snapshot.files.get(id);
        return other && other !== file && imports(other).includes(file) ? [other] : [];
      });
    },
    packages(file) {
      const found = new Set<string>();
      for (const bound of snapshot.boundOf(file.id))
        if (bound.module !== "" && targets(file, bound).length === 0) {
          const name = packageOf(file, bound);
          if (name !== "") found.add(name);
        }
      return [...found].sort();
    },
  };
}

/** Tests of a package of Go are no part of it for others. */
function isDependency(file: IndexedFile, other: IndexedFile): boolean {
  return !(other.language === "go" && other.is_test && other.path !== file.path);
}

function isEntry({ path }: IndexedFile): boolean {
  return /(^|\/)(src\/)?(main|lib|mod)\.\w+$/.test(path);
}

function packageOf(file: IndexedFile, { module, name }: KnownBound): string {
  if (/^[./~#]|^@\//.test(module)) return "";
  switch (file.language) {
    case "python":
      return module.split(".")[0] ?? "";
    case "go":
      return module;
    case "java":
      return name === "*" ? module : `${module}.${name}`;
    default:
      return module.startsWith("@") ? module.split("/").slice(0, 2).join("/") : (module.split("/")[0] ?? "");
  }
}

function reached(file: IndexedFile, depth: number, step: (file: IndexedFile) => readonly IndexedFile[]): IndexedFile[] {
  const seen = new Set([file]);
  let edge = [file];
  for (let level = 0; level < depth && edge.length > 0; level += 1) {
    edge = edge.flatMap((one) => step(one).filter((next) => !seen.has(next) && seen.add(next)));
  }
  seen.delete(file);
  return [...seen];
}

/** Circles of imports that lead from a file back to it, the shortest first. */
function cyclesThrough(file: IndexedFile, step: (file: IndexedFile) => readonly IndexedFile[]): string[][] {
  const found: string[][] = [];
  const visited = new Set<number>();
  let edge: IndexedFile[][] = [[file]];
  for (let length = 1, left = BUDGET; length <= LONGEST_CYCLE && edge.length > 0 && left > 0; length += 1) {
    const next: IndexedFile[][] = [];
    for (const path of edge)
      for (const one of step(path.at(-1) ?? file)) {
        left -= 1;
        if (one === file && found.length < MOST_CYCLES) found.push([...path, file].map((other) => other.path));
        else if (!visited.has(one.id)) {
          visited.add(one.id);
          next.push([...path, one]);
        }
      }
    edge = next;
  }
  return found;
}
