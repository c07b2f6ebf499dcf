import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { silentLog } from "../../../src/lib/log.ts";
import { mergeOrder } from "../../../src/pipeline/code/merge-order.ts";
import type { Code } from "../../../src/pipeline/code/open.ts";
import { openRepository } from "../../../src/pipeline/code/repository.ts";

/** Marks the git commands of a test. */
export const ROOT_VARIABLE = "SO_TEST_ROOT";

export interface Noted {
  kind: string;
  data: Record<string, unknown>;
}

/** The code of services `a` and `b` in `root`, as a driver that has just started opens it. */
export async function openCode(root: string): Promise<Code & { notes: Noted[] }> {
  const notes: Noted[] = [];
  return {
    ...mergeOrder(() => []),
    repository: await openRepository(join(root, "state", "code.git"), { [ROOT_VARIABLE]: root }),
    output_dir: join(root, "output"),
    work_dir: join(root, "output.work"),
    services: ["a", "b"],
    kept_dir: join(root, "state", "kept"),
    note: (kind, data) => void notes.push({ kind, data }),
    log: silentLog(),
    notes,
  };
}

/** Write files below a folder; null removes one. */
export function put(root: string, files: Record<string, string | null>): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    if (text === null) rmSync(full, { recursive: true });
    else {
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
  }
}
