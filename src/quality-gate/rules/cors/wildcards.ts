import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { ALLOW_ORIGIN, headerCredentials, headerWrites } from "./headers.ts";
import { setupsOf } from "./setups.ts";
import { hasStar } from "./star.ts";

/** A place that lets every origin in. */
export interface Wildcard {
  node: SyntaxNode;
  /** Whether the same place lets browsers send cookies or authorization along. */
  credentials: boolean;
  how: string;
}

/** One of them is in every file that configures CORS. */
export const CORS_KEYWORDS = [
  "cors",
  "access-control-allow-origin",
  "access_control_allow_origin",
  "accesscontrolalloworigin",
  "allow_origins",
  "allowed_origins",
  "crossorigin",
  "allowedorigin",
  "allowed-origin",
  "alloworigins",
  "allowallorigins",
];

const known = new WeakMap<SyntaxTree, Wildcard[]>();

/** All places of a file that answer with a wildcard origin. */
export function wildcards(tree: SyntaxTree, file: SourceFile): Wildcard[] {
  let found = known.get(tree);
  if (!found) {
    found = [...find(tree, file)];
    known.set(tree, found);
  }
  return found;
}

function* find(tree: SyntaxTree, file: SourceFile): Generator<Wildcard> {
  const { language } = file;
  if (!language) return;
  for (const write of headerWrites(tree, language))
    if (write.header === ALLOW_ORIGIN && hasStar(tree, language, write.value)) {
      const credentials = headerCredentials(tree, language, write);
      yield { node: write.node, credentials, how: "Access-Control-Allow-Origin is *" };
    }
  for (const { node, origins, credentials, how } of setupsOf({ tree, language, file }))
    if (origins === null || hasStar(tree, language, origins)) yield { node, credentials, how };
}
