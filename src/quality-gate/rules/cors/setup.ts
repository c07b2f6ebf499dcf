import type { Language } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** One configuration of a CORS library or framework. */
export interface Setup {
  node: SyntaxNode;
  /** What says which origins are let in; null where the library's default lets every origin in. */
  origins: SyntaxNode | null;
  credentials: boolean;
  /** What is wrong when every origin is let in, as the beginning of a sentence. */
  how: string;
}

export interface Source {
  tree: SyntaxTree;
  language: Language;
  file: SourceFile;
}
