import { sha256 } from "../../lib/ids.ts";
import type { Finding } from "../../model/finding.ts";

const MAX_NAMED = 10;

/** What a builder is told when its service was edited in the output folder in the same places. */
export function conflictFinding(service: string, files: readonly string[], marked: boolean): Finding {
  const message = `Merge conflict with what was edited in the output folder: ${named(files)}.`;
  const markers =
    "Both versions stand in the files, between <<<<<<< and >>>>>>>: keep what both want and remove the markers.";
  const fix = marked ? markers : "The next run finds both versions in the files.";
  return finding("MERGE-001", service, files, message, fix);
}

/** What a builder is told when its build or tests change files that are committed. */
export function dirtyFinding(service: string, files: readonly string[]): Finding {
  const message = `Running its build or tests changes committed files: ${named(files)}. What was tested is not what was delivered.`;
  const fix = "Write what is generated or stored to a folder named in .gitignore, or a temporary one.";
  return finding("TREE-001", service, files, message, fix);
}

function finding(code: string, service: string, files: readonly string[], message: string, fix: string): Finding {
  const fingerprint = sha256(JSON.stringify([code, service, files])).slice(0, 24);
  return { code, severity: "error", service, where: files[0] ?? service, message, fix, reproduce: "", fingerprint };
}

function named(files: readonly string[]): string {
  const more = files.length > MAX_NAMED ? ` and ${files.length - MAX_NAMED} more` : "";
  return `${files.slice(0, MAX_NAMED).join(", ")}${more}`;
}
