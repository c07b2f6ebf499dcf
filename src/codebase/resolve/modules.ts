import { posix } from "node:path";
import type { IndexedFile } from "../index/database.ts";
import type { Manifest } from "../index/manifest.ts";
import type { Snapshot } from "./snapshot.ts";

/** Finds the files that a module's name means. */
export interface Modules {
  /** Files of the project that `module` means in a file; empty for what comes from outside. Packages of Go are several. */
  resolve(from: IndexedFile, module: string): readonly IndexedFile[];
  /** Python: the file of `name` in a package. */
  submodule(from: IndexedFile, module: string, name: string): readonly IndexedFile[];
  /** Code files of a folder: a package of Go or Java. */
  inFolder(folder: string, language: string): readonly IndexedFile[];
  /** Files of a package of Java by its dotted name. */
  inPackage(name: string): readonly IndexedFile[];
}

const ENDINGS = [".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs"];

export function modulesOf(snapshot: Snapshot): Modules {
  const { byPath } = snapshot;
  const manifests = snapshot
    .facts<Manifest>("manifest")
    .map(({ file, fact }) => ({ folder: folderOf(file.path), ...fact }))
    .sort((a, b) => b.folder.length - a.folder.length);
  const packages = new Map(
    manifests.filter(({ kind, name }) => kind === "package" && name !== "").map((one) => [one.name, one]),
  );
  const goModules = manifests.filter(({ kind, name }) => kind === "go" && name !== "");
  const paths = manifests.filter(({ kind }) => kind === "paths");
  const folders = new Map<string, IndexedFile[]>();
  const byBase = new Map<string, IndexedFile[]>();
  for (const file of byPath.values()) {
    add(folders, folderOf(file.path), file);
    if (file.language === "python" || file.language === "java") add(byBase, posix.basename(file.path), file);
  }
  const memo = new Map<string, readonly IndexedFile[]>();

  const scriptAt = (path: string): IndexedFile | undefined => {
    const exact = byPath.get(path);
    if (exact?.language === "typescript" || exact?.language === "javascript") return exact;
    const bare = path.replace(/\.([cm]?)jsx?$/, "");
    for (const stem of bare === path ? [path] : [bare, path])
      for (const ending of ENDINGS) {
        const file = byPath.get(stem + ending);
        if (file) return file;
      }
    for (const ending of ENDINGS) {
      const file = byPath.get(posix.join(path, `index${ending}`));
      if (file) return file;
    }
    return undefined;
  };
  const script = (from: IndexedFile, module: string): readonly IndexedFile[] => {
    const plain = module.replace(/[?#].*$/, "");
    if (/^\.{1,2}(\/|$)/.test(plain)) return some(scriptAt(posix.join(folderOf(from.path), plain)));
    for (const { folder, paths: rules } of paths) {
      if (!isBelow(from.path, folder)) continue;
      for (const [pattern, targets] of rules) {
        const rest = matchPattern(pattern, plain);
        if (rest === undefined) continue;
        for (const target of targets) {
          const file = scriptAt(posix.join(folder, target.replace("*", rest)));
          if (file) return [file];
        }
      }
    }
    const name = plain.startsWith("@") ? plain.split("/").slice(0, 2).join("/") : (plain.split("/")[0] ?? "");
    const own = packages.get(name);
    if (own) return some(packageFile(own.folder, own.entries, plain.slice(name.length + 1), scriptAt));
    const [, rest] = /^(?:@|~|#|src)\/(.+)$/.exec(plain) ?? [];
    if (rest === undefined) return [];
    for (let folder = folderOf(from.path); ; folder = folderOf(folder)) {
      for (const base of ["src", "app", ""]) {
        const file = scriptAt(posix.join(folder, base, rest));
        if (file) return [file];
      }
      if (folder === "") return [];
    }
  };
  const pythonAt = (path: string) =>
    byPath.get(`${path}.py`) ?? byPath.get(posix.join(path, "__init__.py")) ?? byPath.get(`${path}.pyi`);
  const python = (from: IndexedFile, module: string): readonly IndexedFile[] => {
    const [, dots = "", name = ""] = /^(\.*)(.*)$/.exec(module) ?? [];
    const path = name.replaceAll(".", "/");
    let folder = folderOf(from.path);
    if (dots !== "") {
      for (let level = 1; level < dots.length; level += 1) folder = folderOf(folder);
      return some(path === "" ? byPath.get(posix.join(folder, "__init__.py")) : pythonAt(posix.join(folder, path)));
    }
    for (; ; folder = folderOf(folder)) {
      for (const base of ["", "src", "lib"]) {
        const file = pythonAt(posix.join(folder, base, path));
        // A file never means itself: `import logging` in logging.py is the library.
        if (file && file !== from) return [file];
      }
      if (folder === "") break;
    }
    if (!path.includes("/")) return [];
    const ends = [`/${path}.py`, `/${path}/__init__.py`];
    const found = ends.flatMap((end) =>
      (byBase.get(posix.basename(end)) ?? []).filter((file) => file.path.endsWith(end)),
    );
    const near = found.filter(({ service }) => service === from.service);
    return near.length === 1 ? near : found.length === 1 ? found : [];
  };
  const go = (module: string): readonly IndexedFile[] => {
    for (const { name, folder } of goModules)
      if (module === name || module.startsWith(`${name}/`))
        return inFolder(posix.join(folder, module.slice(name.length)).replace(/^\.$|^\.?\//, ""), "go");
    return [];
  };
  const java = (module: string): readonly IndexedFile[] => {
    const end = `${module.replaceAll(".", "/")}.java`;
    return (byBase.get(posix.basename(end)) ?? []).filter(({ path }) => path === end || path.endsWith(`/${end}`));
  };
  const inFolder = (folder: string, language: string): readonly IndexedFile[] => {
    const here = (folders.get(folder) ?? []).filter((file) => file.language === language);
    // Tests of Java are in the package of what they test, in another folder.
    const main = language === "java" ? folder.replace(/(^|\/)src\/test\//, "$1src/main/") : folder;
    return main === folder ? here : [...here, ...inFolder(main, language)];
  };
  return {
    resolve(from, module) {
      const key = `${/^\.|^[@~#]|^src\//.test(module) || from.language !== "go" ? folderOf(from.path) : ""}\0${module}\0${from.language === "python" ? from.path : from.language}`;
      let found = memo.get(key);
      if (!found) {
        found =
          from.language === "python"
            ? python(from, module)
            : from.language === "go"
              ? go(module)
              : from.language === "java"
                ? java(module)
                : script(from, module);
        memo.set(key, found);
      }
      return found;
    },
    submodule(from, module, name) {
      return this.resolve(from, /\.$/.test(module) ? `${module}${name}` : `${module}.${name}`);
    },
    inFolder,
    inPackage(name) {
      const path = name.replaceAll(".", "/");
      const found = [...folders.keys()].filter((folder) => folder === path || folder.endsWith(`/${path}`));
      return found.flatMap((folder) => (folders.get(folder) ?? []).filter(({ language }) => language === "java"));
    },
  };
}

function packageFile(
  folder: string,
  entries: readonly string[],
  rest: string,
  at: (path: string) => IndexedFile | undefined,
): IndexedFile | undefined {
  const asked = rest === "" ? [...entries, "src/index", "index", "src/main", "lib/index"] : [rest, `src/${rest}`];
  for (const entry of asked) {
    const plain = entry.replace(/^\.\//, "");
    // What is published was built from what is here.
    const source = plain.replace(/^(dist|lib|build|out|esm|cjs)\//, "src/").replace(/\.d\.ts$/, ".ts");
    const file = at(posix.join(folder, plain)) ?? at(posix.join(folder, source));
    if (file) return file;
  }
  return undefined;
}

function matchPattern(pattern: string, module: string): string | undefined {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === module ? "" : undefined;
  const [begin, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return module.startsWith(begin) && module.endsWith(end) && module.length >= begin.length + end.length
    ? module.slice(begin.length, module.length - end.length)
    : undefined;
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

function some<One>(one: One | undefined): readonly One[] {
  return one === undefined ? [] : [one];
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
