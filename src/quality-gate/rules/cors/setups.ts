import type { Language } from "../../../source/languages.ts";
import type { SyntaxTree } from "../../../source/syntax.ts";
import type { Setup, Source } from "./setup.ts";
import { goSetups } from "./setups-go.ts";
import { javaSetups } from "./setups-java.ts";
import { pythonSetups } from "./setups-python.ts";
import { scriptSetups } from "./setups-script.ts";

const SETUPS: Readonly<Record<Language, (source: Source) => Generator<Setup>>> = {
  python: pythonSetups,
  typescript: scriptSetups,
  javascript: scriptSetups,
  go: goSetups,
  java: javaSetups,
};

const known = new WeakMap<SyntaxTree, Setup[]>();

/** Every configuration of CORS in a file. */
export function setupsOf(source: Source): Setup[] {
  let setups = known.get(source.tree);
  if (!setups) {
    setups = [...SETUPS[source.language](source)];
    known.set(source.tree, setups);
  }
  return setups;
}
