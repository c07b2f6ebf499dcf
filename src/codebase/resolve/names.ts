import type { IndexedFile } from "../index/database.ts";
import { folderOf, type Modules, modulesOf } from "./modules.ts";
import type { Known, KnownBound, Snapshot } from "./snapshot.ts";

/** What an expression stands for. */
export type Meaning =
  | { is: "definition"; of: Known }
  | { is: "instance"; of: Known }
  | { is: "list"; of: Known }
  | { is: "module"; files: readonly IndexedFile[] }
  /** Something that comes from outside the project. */
  | { is: "outside" };

/** Follows names through imports, re-exports, classes and types. */
export interface Names {
  readonly modules: Modules;
  /** What a bare name means in a file; empty when nothing is known of it. */
  name(file: IndexedFile, name: string): readonly Meaning[];
  /** What others get by a name from a file. */
  exported(file: IndexedFile, name: string): readonly Meaning[];
  /** What a path (see RawReference.receiver) stands for. */
  path(file: IndexedFile, path: string): readonly Meaning[];
  /** The member of a class by its name, its own or the nearest inherited one. */
  member(owner: Known, name: string): Known | undefined;
  /** Whether a class is, or inherits from, another, or has all that an interface of Go asks for. */
  isA(one: Known, other: Known): boolean;
  /** The class that a member belongs to. */
  ownerOf(member: Known): Known | undefined;
}

const DEPTH = 8;
const MOST = 6;
const CLASSES = new Set(["class", "interface", "enum", "type"]);

const pathOf = ({ container, name }: Known) => (container === "" ? name : `${container}.${name}`);

export function namesOf(snapshot: Snapshot): Names {
  const modules = modulesOf(snapshot);
  const memo = new Map<string, readonly Meaning[]>();
  const busy = new Set<string>();
  /** A result is computed once; who asks for it in the middle of that gets nothing. */
  const once = (key: string, compute: () => Meaning[]): readonly Meaning[] => {
    const before = memo.get(key);
    if (before) return before;
    if (busy.has(key) || busy.size > 200) return [];
    busy.add(key);
    try {
      const found = distinct(compute()).slice(0, MOST);
      memo.set(key, found);
      return found;
    } finally {
      busy.delete(key);
    }
  };
  /** Definitions of a file that are in no other. */
  const top = (file: IndexedFile, name: string): readonly Known[] =>
    snapshot.namedIn(file.id, name).filter(({ container }) => container === "");
  const defined = (list: readonly Known[]): Meaning[] => list.map((of) => ({ is: "definition", of }));
  const isScript = ({ language }: IndexedFile) => language === "typescript" || language === "javascript";

  const imported = (file: IndexedFile, bound: KnownBound): Meaning[] => {
    const files = modules.resolve(file, bound.module);
    if (file.language === "java") return javaImport(file, bound);
    if (bound.name === "*") {
      if (files.length === 0) return file.language === "python" ? namespace(file, bound.module) : [{ is: "outside" }];
      // const Order = require("./order"), where order.js exports the class as a whole.
      const whole = isScript(file) ? files.flatMap((one) => exportedAs(one, "=")) : [];
      return [...whole, { is: "module", files }];
    }
    const found = files.flatMap((one) => [...names.exported(one, bound.name)]);
    if (found.length > 0) return found;
    if (file.language === "python") {
      const inner = modules.submodule(file, bound.module, bound.name);
      if (inner.length > 0) return [{ is: "module", files: inner }];
    }
    return files.length === 0 ? [{ is: "outside" }] : [];
  };
  /** A package of Python without a file of its own. */
  const namespace = (file: IndexedFile, module: string): Meaning[] =>
    snapshot
      .boundOf(file.id)
      .some((one) => one.module.startsWith(`${module}.`) && modules.resolve(file, one.module).length > 0)
      ? [{ is: "module", files: [] }]
      : [{ is: "outside" }];
  const javaImport = (file: IndexedFile, { module, name }: KnownBound): Meaning[] => {
    const classes = modules.resolve(file, `${module}.${name}`).flatMap((one) => [...top(one, name)]);
    if (classes.length > 0) return defined(classes);
    // import static a.b.Orders.create, import a.b.Orders.Line
    const holder = module.split(".").at(-1) ?? "";
    const members = modules
      .resolve(file, module)
      .flatMap((one) => [...top(one, holder)])
      .flatMap((one) => own(one, name));
    return members.length > 0 ? defined(members) : [{ is: "outside" }];
  };
  /** Rows of a file that show `name` to others. */
  const exportedAs = (file: IndexedFile, name: string): Meaning[] =>
    snapshot
      .boundOf(file.id)
      .filter(({ role, local }) => role === "export" && local === name)
      .flatMap((one): Meaning[] => {
        if (one.module === "") return [...names.name(file, one.name)];
        const files = modules.resolve(file, one.module);
        if (one.name !== "*") return files.flatMap((other) => [...names.exported(other, one.name)]);
        const whole = files.flatMap((other) => exportedAs(other, "="));
        return files.length > 0 ? [...whole, { is: "module", files }] : [];
      });
  /** Members a class has itself. */
  const own = (owner: Known, name: string): Known[] => {
    const path = pathOf(owner);
    const file = snapshot.files.get(owner.file);
    const files = file?.language === "go" ? modules.inFolder(folderOf(file.path), "go") : file ? [file] : [];
    const all = files.flatMap(({ id }) => snapshot.namedIn(id, name).filter(({ container }) => container === path));
    // A method before a field: `repo` and `repo()`.
    return all.sort((a, b) => Number(a.kind === "variable") - Number(b.kind === "variable"));
  };
  const basesOf = (owner: Known): Known[] => {
    const file = snapshot.files.get(owner.file);
    if (!file) return [];
    return owner.bases.flatMap((base) =>
      typeNamed(file, base).flatMap((one) => ("of" in one && one.of.id !== owner.id ? [one.of] : [])),
    );
  };
  /** A type by its dotted name. */
  const typeNamed = (file: IndexedFile, dotted: string): readonly Meaning[] => {
    const [first = "", ...rest] = dotted.split(".");
    let found: readonly Meaning[] = names.name(file, first);
    for (const part of rest) found = found.flatMap((one) => within(one, part));
    return found;
  };
  /** What `part` means after something that is no instance. */
  const within = (meaning: Meaning, part: string): Meaning[] => {
    switch (meaning.is) {
      case "module":
        return meaning.files.flatMap((file) => {
          const found = [...names.exported(file, part)];
          if (found.length > 0 || file.language !== "python") return found;
          const inner = modules.resolve(file, `.${part}`).filter((one) => one.id !== file.id);
          return inner.length > 0 && /__init__\.py$/.test(file.path) ? [{ is: "module" as const, files: inner }] : [];
        });
      case "outside":
        return [{ is: "outside" }];
      default: {
        const found = names.member(meaning.of, part);
        return found ? [{ is: "definition", of: found }] : [];
      }
    }
  };
  /** What a value of a definition is: of a class an instance, of a variable or field what it holds. */
  const held = (definition: Known, depth: number): Meaning[] => {
    const file = snapshot.files.get(definition.file);
    if (CLASSES.has(definition.kind)) {
      // type Alias = Order
      if (definition.kind === "type" && definition.type !== "" && file && depth > 0)
        return valueAt(file, definition.type, depth - 1);
      return [{ is: "instance", of: definition }];
    }
    if (definition.type === "" || !file || depth === 0) return [{ is: "definition", of: definition }];
    const found = valueAt(file, definition.type, depth - 1);
    return found.length > 0 ? found : [{ is: "definition", of: definition }];
  };
  const valueAt = (file: IndexedFile, path: string, depth: number): Meaning[] =>
    depth === 0 ? [] : [...once(`path ${file.id} ${path}`, () => walk(file, path, depth))];
  const walk = (file: IndexedFile, path: string, depth: number): Meaning[] => {
    if (path.startsWith("[]"))
      return walk(file, path.slice(2).replace(/\[\]$/, ""), depth).flatMap((one): Meaning[] =>
        one.is === "instance" ? [path.endsWith("[]") ? one : { is: "list", of: one.of }] : [],
      );
    const steps = path.match(/^:?[A-Za-z_$][\w$]*|\.#?[A-Za-z_$][\w$]*|\(\)|\[\]/g) ?? [];
    if (steps.join("") !== path || steps.length === 0) return [];
    const [first = "", ...rest] = steps;
    let typed = first.startsWith(":");
    let found: readonly Meaning[] = names.name(file, first.replace(":", ""));
    for (const step of rest) {
      if (step === "()") {
        found = found.flatMap((one) => called(one, depth));
        typed = false;
      } else if (step === "[]") {
        // Type arguments of Go, or an element of a list.
        found = found
          .flatMap((one) => (one.is === "definition" && one.of.kind === "variable" ? held(one.of, depth) : [one]))
          .flatMap((one): Meaning[] => {
            if (one.is === "list") return [{ is: "instance", of: one.of }];
            return one.is === "outside" || (one.is === "definition" && one.of.kind === "function") ? [one] : [];
          });
      } else {
        const name = step.slice(1);
        found = found.flatMap((one): Meaning[] => {
          // Of a list only its elements are known.
          if (one.is === "list") return [];
          if (one.is !== "definition") return one.is === "instance" ? memberOf(one.of, name) : within(one, name);
          if (typed && CLASSES.has(one.of.kind)) {
            const inner = own(one.of, name).filter(({ kind }) => CLASSES.has(kind));
            if (inner.length > 0) return defined(inner);
            return held(one.of, depth).flatMap((value) =>
              value.is === "list" ? [] : "of" in value ? memberOf(value.of, name) : [value],
            );
          }
          if (one.of.flags.includes("object") || CLASSES.has(one.of.kind)) return within(one, name);
          return held(one.of, depth).flatMap((value): Meaning[] =>
            value.is === "instance"
              ? memberOf(value.of, name)
              : value.is === "definition" || value.is === "list"
                ? []
                : within(value, name),
          );
        });
      }
    }
    return found.flatMap((one) =>
      one.is === "definition" && (typed || (one.of.kind === "variable" && !one.of.flags.includes("object")))
        ? held(one.of, depth)
        : [one],
    );
  };
  const memberOf = (owner: Known, name: string): Meaning[] => {
    const found = names.member(owner, name);
    if (!found) return [];
    // A property is read without being called.
    const isValue =
      found.kind === "variable" ||
      found.decorators.some((one) => /^(property|cached_property|functools\.cached_property)$/.test(one));
    return isValue ? held(found, DEPTH - 2) : [{ is: "definition", of: found }];
  };
  const called = (meaning: Meaning, depth: number): Meaning[] => {
    if (meaning.is !== "definition") return meaning.is === "outside" ? [meaning] : [];
    const { of } = meaning;
    if (CLASSES.has(of.kind)) return [{ is: "instance", of }];
    const file = snapshot.files.get(of.file);
    if (of.type === "" || !file) return [];
    return valueAt(file, of.type, depth - 1).flatMap((one): Meaning[] =>
      one.is === "definition" ? held(one.of, 2) : [one],
    );
  };

  const names: Names = {
    modules,
    name: (file, name) =>
      once(`name ${file.id} ${name}`, () => {
        const bound = snapshot.boundOf(file.id).filter(({ role }) => role === "import");
        const direct = bound.filter(({ local }) => local === name).flatMap((one) => imported(file, one));
        const here = defined(top(file, name));
        if (direct.length + here.length > 0) return [...here, ...direct];
        if (file.language === "go" || file.language === "java") {
          const around = modules.inFolder(folderOf(file.path), file.language).flatMap((one) => [...top(one, name)]);
          if (around.length > 0) return defined(around);
        }
        const stars = bound.filter(({ local }) => local === "*");
        for (const { module } of stars) {
          const found =
            file.language === "java"
              ? modules.resolve(file, `${module}.${name}`).flatMap((one) => defined(top(one, name)))
              : modules.resolve(file, module).flatMap((one) => [...names.exported(one, name)]);
          if (found.length > 0) return found;
        }
        // A class inside the file's class.
        return defined(snapshot.namedIn(file.id, name).filter((one) => CLASSES.has(one.kind) && one.container !== ""));
      }),
    exported: (file, name) =>
      once(`exported ${file.id} ${name}`, () => {
        if (file.language === "go") return defined(top(file, name));
        if (!isScript(file)) return [...names.name(file, name)];
        const listed = exportedAs(file, name);
        const here =
          name === "default"
            ? snapshot
                .definitionsOf(file.id)
                .filter(({ container, flags }) => container === "" && flags.includes("default"))
            : top(file, name).filter(({ exported }) => exported);
        if (listed.length + here.length > 0) return [...defined(here), ...listed];
        const whole = exportedAs(file, "=");
        if (whole.length > 0) return name === "default" ? whole : whole.flatMap((one) => within(one, name));
        // export * from "./orders"
        return snapshot
          .boundOf(file.id)
          .filter(({ role, local, module }) => role === "export" && local === "*" && module !== "")
          .flatMap(({ module }) => modules.resolve(file, module).flatMap((one) => [...names.exported(one, name)]));
      }),
    path: (file, path) => valueAt(file, path.replace("^", ""), DEPTH),
    member(owner, name) {
      const seen = new Set<number>();
      const pending = [owner];
      for (let one = pending.shift(); one && seen.size < 40; one = pending.shift()) {
        if (seen.has(one.id)) continue;
        seen.add(one.id);
        const [found] = own(one, name);
        if (found) return found;
        pending.push(...basesOf(one));
      }
      return undefined;
    },
    isA(one, other) {
      const seen = new Set<number>();
      const pending = [one];
      for (let next = pending.shift(); next && seen.size < 40; next = pending.shift()) {
        if (next.id === other.id) return true;
        if (!seen.has(next.id)) pending.push(...basesOf(next));
        seen.add(next.id);
      }
      if (other.kind !== "interface" || snapshot.files.get(other.file)?.language !== "go") return false;
      const asked = snapshot
        .definitionsOf(other.file)
        .filter(({ container, kind }) => container === pathOf(other) && kind === "method");
      return asked.length > 0 && asked.every(({ name }) => names.member(one, name) !== undefined);
    },
    ownerOf(member) {
      if (member.container === "") return undefined;
      const parts = member.container.split(".");
      const name = parts.at(-1) ?? "";
      const container = parts.slice(0, -1).join(".");
      const file = snapshot.files.get(member.file);
      const near = file?.language === "go" ? modules.inFolder(folderOf(file.path), "go") : file ? [file] : [];
      return near
        .flatMap(({ id }) => snapshot.namedIn(id, name))
        .find((one) => one.container === container && (CLASSES.has(one.kind) || one.flags.includes("object")));
    },
  };
  return names;
}

function distinct(all: readonly Meaning[]): Meaning[] {
  const seen = new Set<string>();
  return all.filter((one) => {
    const key =
      "of" in one
        ? `${one.is} ${one.of.id}`
        : one.is === "module"
          ? `module ${one.files.map(({ id }) => id).join(",")}`
          : one.is;
    return seen.has(key) ? false : seen.add(key);
  });
}
