import type { FileFacts, JavaType, Route, TypeMethod } from "./model.ts";

/** Supertypes that are looked at, and how far up. */
const MOST = 30;
const LEVELS = 6;

interface Placed {
  file: string;
  type: JavaType;
}

/**
 * The files with the routes their classes take from interfaces and superclasses (Spring, Micronaut, JAX-RS), and with
 * what those say of who may call. `elsewhere`: files in which the supertypes may be, e.g. another module's.
 */
export function withInherited(files: readonly FileFacts[], elsewhere: readonly FileFacts[]): readonly FileFacts[] {
  if (!files.some(({ facts }) => facts.types.length > 0)) return files;
  const byName = new Map<string, Placed[]>();
  for (const { path, facts } of new Set([...files, ...elsewhere]))
    for (const type of facts.types) byName.set(type.name, [...(byName.get(type.name) ?? []), { file: path, type }]);
  const added = new Map<string, Route[]>();
  const guarded = new Set<string>();
  for (const { path, facts } of files)
    for (const type of facts.types) {
      const above = ancestors(type, byName);
      for (const { type: one } of above)
        for (const method of one.methods)
          if (one.guarded || method.guarded) guarded.add(`${path}\0${type.name}.${method.name}`);
      for (const { file, route } of routesOf({ file: path, type }, above, byName))
        added.set(file, [...(added.get(file) ?? []), route]);
    }
  return files.map((file) => ({
    ...file,
    facts: {
      ...file.facts,
      routes: [
        ...file.facts.routes.map((route) =>
          guarded.has(`${file.path}\0${route.handler ?? ""}`) ? { ...route, guards: true as const } : route,
        ),
        ...(added.get(file.path) ?? []),
      ],
    },
  }));
}

/** Everything a type extends or implements, the nearest first. */
function ancestors(type: JavaType, byName: ReadonlyMap<string, readonly Placed[]>): Placed[] {
  const found = new Set<Placed>();
  let level = type.supertypes;
  for (let depth = 0; depth < LEVELS && level.length > 0 && found.size < MOST; depth += 1) {
    const next = level.flatMap((name) => byName.get(name) ?? []).filter((one) => one.type !== type && !found.has(one));
    for (const one of next.slice(0, MOST)) found.add(one);
    level = next.flatMap((one) => one.type.supertypes);
  }
  return [...found];
}

function* routesOf(
  { file, type }: Placed,
  above: readonly Placed[],
  byName: ReadonlyMap<string, readonly Placed[]>,
): Generator<{ file: string; route: Route }> {
  if (type.served === "never") return;
  for (const [index, { type: from }] of above.entries())
    for (const method of from.methods) {
      const inherited = method.routes.filter(({ jax_rs }) => isServed(type, from, above, jax_rs));
      if (inherited.length === 0) continue;
      const nearer = [{ file, type }, ...above.slice(0, index)];
      const overriding = nearer.flatMap((one) => overrides(one, method)).slice(0, MOST);
      // The nearest mapping is the one that holds.
      if (overriding.some((one) => one.method.routes.length > 0)) continue;
      const answering =
        method.body === "delegates" && overriding.length === 0 ? delegates(from, method, byName) : overriding;
      const isStub = method.body === "stub" || (method.body === "delegates" && byName.has(`${from.name}Delegate`));
      if (answering.length === 0 && isStub) continue;
      const says = [method, ...answering.map((one) => one.method)];
      const types = [type, from, ...answering.map((one) => one.type)];
      const bases = type.bases ?? from.bases ?? above.find((one) => one.type.bases)?.type.bases ?? [""];
      const first = overriding[0];
      const here = first?.file === file ? first.method : type;
      for (const { verb, path } of inherited)
        for (const base of bases)
          yield {
            file,
            route: {
              method: verb,
              path: joined(base, path),
              router: "",
              guards: [...types, ...says].some((one) => one.guarded) ? true : [],
              at: here.at,
              line: here.line,
              column: here.column,
              open: [...types, ...says].some((one) => one.open),
              registers: says.some((one) => one.registers),
              handler: `${type.name}.${method.name}`,
            },
          };
    }
}

/** A base and a local path as one, without a slash at the end. */
export function joined(base: string, local: string): string {
  return `/${base}/${local}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}

/** A framework serves what an annotated controller takes over, JAX-RS also a plain class below a type with a path. */
function isServed(type: JavaType, from: JavaType, above: readonly Placed[], jax_rs: boolean): boolean {
  if (type.served === "controller") return true;
  const chain = [type, from, ...above.map((one) => one.type)];
  return jax_rs && !chain.some(({ client }) => client) && chain.some(({ bases }) => bases !== null);
}

function overrides({ file, type }: Placed, method: TypeMethod): { file: string; type: JavaType; method: TypeMethod }[] {
  const named = type.methods.filter(({ name, body }) => name === method.name && body !== "none");
  const same = named.filter(({ parameters }) => parameters === method.parameters);
  return (same.length > 0 ? same : named.length === 1 ? named : []).map((one) => ({ file, type, method: one }));
}

/** Who answers for `OrdersApi` where it hands over to an `OrdersApiDelegate`. */
function delegates(from: JavaType, method: TypeMethod, byName: ReadonlyMap<string, readonly Placed[]>) {
  return [...byName.values()]
    .flat()
    .filter(({ type }) => type.supertypes.includes(`${from.name}Delegate`))
    .slice(0, MOST)
    .flatMap((one) => overrides(one, method));
}
