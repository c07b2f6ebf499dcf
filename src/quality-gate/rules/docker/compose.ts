import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import type { SourceFile } from "../../../source/source-file.ts";
import { expandVariables } from "./variables.ts";

interface Place {
  line: number;
  column: number;
}

/** A value of a Compose file with its place. */
export interface Setting extends Place {
  /** The scalar with its variables' defaults filled in; undefined for a list or mapping. */
  value: unknown;
  /** Scalars of a list, or the one scalar that stands instead of it. */
  items: (Place & { value: unknown })[];
  /** Keys of a mapping, with what each holds. */
  entries: Map<string, Setting>;
}

/** A service of a Compose file. */
export interface ComposeService {
  name: string;
  /** The value of a key, own, merged or inherited by `extends` in the same file; undefined when it is not set. */
  get(key: string): Setting | undefined;
}

export interface ComposeFile {
  services: ComposeService[];
  /** Networks that the file declares. */
  networks: Map<string, Setting>;
}

/** The YAML parser slows down to a quarter megabyte a second on hostile input. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_DEPTH = 100;
/** Merges and `extends` that go further than this go round in circles. */
const MAX_STEPS = 20;
const MAX_ALIASES = 2000;
/** Nested mappings are read this deep: a network's `external.name` is the deepest that is asked for. */
const ENTRY_DEPTH = 2;

const NOTHING: ComposeFile = { services: [], networks: new Map() };
const parsed = new WeakMap<SourceFile, ComposeFile>();

/** Services of a Compose file; empty, and given up, when it is no YAML. */
export function composeServices(file: SourceFile): ComposeService[] {
  return composeFile(file).services;
}

/** What a Compose file, by its name or by what it holds, declares. */
export function composeFile(file: SourceFile): ComposeFile {
  let compose = parsed.get(file);
  if (!compose) {
    compose = file.kind === "compose" || looksLikeCompose(file) ? read(file) : NOTHING;
    parsed.set(file, compose);
  }
  return compose;
}

/** Files that others extend or include have any name: a `services` mapping at the top whose entries run an image. */
function looksLikeCompose(file: SourceFile): boolean {
  return (
    /\.ya?ml$/i.test(file.path) &&
    /^services:[ \t]*(#.*)?\r?$/m.test(file.text) &&
    /^[ \t]+(image|build|extends):/m.test(file.text)
  );
}

function read(file: SourceFile): ComposeFile {
  if (file.text.length > MAX_CHARACTERS || nestsTooDeeply(file.text)) {
    if (file.kind === "compose") file.giveUp();
    return NOTHING;
  }
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines });
  if (document.errors.length > 0 && file.kind === "compose") file.giveUp();
  const targets = new Map<unknown, unknown>();
  const follow = (node: unknown): unknown => {
    if (!isAlias(node)) return node;
    // Each look-up walks the document.
    if (!targets.has(node)) targets.set(node, targets.size < MAX_ALIASES ? node.resolve(document) : undefined);
    return targets.get(node);
  };
  const placeOf = (node: unknown): Place => {
    const offset = (node as Node | undefined)?.range?.[0];
    if (offset === undefined) return { line: 0, column: 0 };
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  /** The pair of a key, own before merged (https://yaml.org/type/merge.html). */
  const pairOf = (map: YAMLMap, key: string): Pair | undefined => {
    const pending = [map];
    for (const at of pending) {
      const own = at.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (own) return own;
      if (pending.length < MAX_STEPS) pending.splice(pending.indexOf(at) + 1, 0, ...mergedInto(at));
    }
    return undefined;
  };
  const mergedInto = (map: YAMLMap): YAMLMap[] =>
    map.items.flatMap((item) => {
      if (!isScalar(item.key) || String(item.key.value) !== "<<") return [];
      const source = follow(item.value);
      return (isSeq(source) ? source.items.map(follow) : [source]).filter((one) => isMap(one)).slice(0, MAX_STEPS);
    });

  const settingAt = (given: unknown, place: Place, depth: number): Setting => {
    const node = follow(given);
    const scalars = isSeq(node) ? node.items : isScalar(node) ? [node] : [];
    return {
      value: isScalar(node) ? filled(node.value) : undefined,
      items: scalars.flatMap((item) => {
        const scalar = follow(item);
        return isScalar(scalar) ? [{ value: filled(scalar.value), ...placeOf(item) }] : [];
      }),
      entries: isMap(node) && depth < ENTRY_DEPTH ? entriesOf(node, depth + 1) : new Map(),
      ...place,
    };
  };
  const entriesOf = (map: YAMLMap, depth: number): Map<string, Setting> =>
    new Map(
      map.items.flatMap((item) =>
        isScalar(item.key) ? [[String(item.key.value), settingAt(item.value, placeOf(item.key), depth)] as const] : [],
      ),
    );

  const root = document.contents;
  const services = isMap(root) ? follow(pairOf(root, "services")?.value) : undefined;
  const networks = isMap(root) ? follow(pairOf(root, "networks")?.value) : undefined;
  if (!isMap(services)) return NOTHING;
  const bodyOf = (name: string): YAMLMap | undefined => {
    const body = follow(services.items.find((item) => isScalar(item.key) && item.key.value === name)?.value);
    return isMap(body) ? body : undefined;
  };
  const settingOf = (body: YAMLMap, key: string, steps = 0): Setting | undefined => {
    const pair = pairOf(body, key);
    if (pair) return settingAt(pair.value, placeOf(pair.key), 0);
    const extended = pairOf(body, "extends");
    if (!extended || steps > MAX_STEPS) return undefined;
    const { value, entries } = settingAt(extended.value, { line: 0, column: 0 }, 0);
    const base = entries.has("file") ? undefined : bodyOf(String(value ?? entries.get("service")?.value));
    return base && settingOf(base, key, steps + 1);
  };
  return {
    services: services.items.flatMap((pair) => {
      const body = follow(pair.value);
      if (!isScalar(pair.key) || !isMap(body)) return [];
      return [{ name: String(pair.key.value), get: (key: string) => settingOf(body, key) }];
    }),
    networks: isMap(networks) ? entriesOf(networks, 0) : new Map(),
  };
}

function filled(value: unknown): unknown {
  return typeof value === "string" ? expandVariables(value) : value;
}

/** Flow collections nest by brackets; the parser is recursive. */
function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth += 1;
    else if ((character === "]" || character === "}") && depth > 0) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return /^ {400}/m.test(text) || /(?:- ){100}/.test(text);
}
