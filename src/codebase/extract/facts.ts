import type { SymbolKind } from "../../model/codebase.ts";
import type { UseKind } from "./references.ts";

/** Something a file defines. Its place in the list of the file's definitions is its number. */
export interface Declared {
  name: string;
  /** Names of the classes, or the function, around it, joined by dots; "" at the top of the file. */
  container: string;
  kind: SymbolKind;
  line: number;
  end_line: number;
  exported: boolean;
  signature: string;
  /** What it returns, or holds, as a path (see RawReference.receiver); "" when that is not known. */
  type: string;
  /** Classes and interfaces it extends or implements, as the file calls them. */
  bases: string[];
  /** Names of decorators and annotations. */
  decorators: string[];
  /** default: the default export; object: an object whose functions are its members; interface: only says what there is. */
  flags: ("default" | "object" | "abstract" | "override")[];
  /** Offsets in the text; they are not kept. */
  from: number;
  to: number;
}

/** A name that the file takes from elsewhere, or shows to others. */
export interface Bound {
  /**
   * "import": `local` stands for `name` of `module`. "export": others see `local`, which is `name` of `module`, or of
   * this file when that is "". Names: "*" all of the module, "default", "=" what CommonJS exports as a whole.
   */
  role: "import" | "export";
  local: string;
  module: string;
  name: string;
  line: number;
}

/** Where a name is used: line, kind, number of the definition around it (-1 for none), and the receiver. */
export type Use = readonly [line: number, kind: UseKind, scope: number, receiver: string];

/** What the index takes from the text of a code file. */
export interface Extracted {
  declared: Declared[];
  bound: Bound[];
  uses: Map<string, Use[]>;
}

/** What is used, as it is stored: one text for each name of a file, as a JSON object. */
export function packUses(uses: ReadonlyMap<string, readonly Use[]>): string {
  let packed = "";
  for (const [name, list] of uses) {
    let text = "";
    for (const [line, kind, scope, receiver] of list)
      text += `${text === "" ? "" : "\n"}${line}\t${kind}\t${scope}\t${receiver}`;
    packed += `${packed === "" ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(text)}`;
  }
  return `{${packed}}`;
}

export function unpackUses(text: string): Use[] {
  return text.split("\n").map((line): Use => {
    const [at = "", kind = "r", scope = "", receiver = ""] = line.split("\t");
    return [Number(at), kind as UseKind, Number(scope), receiver];
  });
}
