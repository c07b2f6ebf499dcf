import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createBuiltinCodebase } from "../../src/codebase/builtin.ts";
import type { EmbeddingsEndpoint } from "../../src/codebase/search/embeddings.ts";

/** Small projects on disk, each with an index of its own outside of it. */
export function codebaseFolders() {
  const scratch = mkdtempSync(join(tmpdir(), "codebases-"));
  const opened: { close(): void }[] = [];
  let count = 0;
  const write = (root: string, files: Record<string, string>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  const open = (root: string, embeddings?: EmbeddingsEndpoint) => {
    const codebase = createBuiltinCodebase({ root, index: `${root}.db`, embeddings });
    opened.push(codebase);
    return codebase;
  };
  return {
    write,
    open,
    folder(files: Record<string, string> = {}): string {
      const root = join(scratch, `project-${++count}`);
      mkdirSync(root);
      write(root, files);
      return root;
    },
    project(files: Record<string, string> = {}) {
      const root = this.folder(files);
      return { root, codebase: open(root) };
    },
    remove() {
      for (const codebase of opened) codebase.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Callers as `file:line symbol`. */
export async function callersOf(codebase: ReturnType<typeof createBuiltinCodebase>, symbol: string): Promise<string[]> {
  const { callers } = await codebase.findCallers({ symbol });
  return callers.map(({ file_path, line, caller_symbol }) => `${file_path}:${line} ${caller_symbol}`.trim()).sort();
}
