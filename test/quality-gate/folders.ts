import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ScanRequest } from "../../src/quality-gate/port.ts";
import { scanProject } from "../../src/quality-gate/scan.ts";

/** Small projects on disk, and scans of them. */
export function scanFolders() {
  const scratch = mkdtempSync(join(tmpdir(), "folders-"));
  let count = 0;
  const folder = (files: Record<string, string | Uint8Array> = {}): string => {
    const root = join(scratch, `project-${++count}`);
    mkdirSync(root);
    write(root, files);
    return root;
  };
  const write = (root: string, files: Record<string, string | Uint8Array>) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  const scan = (root: string, over: Partial<ScanRequest> = {}) =>
    scanProject({
      root,
      services: [],
      contracts: [],
      service_map: null,
      only: [],
      signal: new AbortController().signal,
      ...over,
    });
  return { scratch, folder, write, scan, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}
