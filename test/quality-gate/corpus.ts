import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Contract } from "../../src/model/contract.ts";
import type { ScanViolation } from "../../src/model/finding.ts";
import { scanProject } from "../../src/quality-gate/scan.ts";
import { fillIn } from "./placeholders.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "corpus");

/**
 * One annotated case. `test/fixtures/corpus/<CODE>.md` holds them: `### bad: name` or `### good: name`, then a fenced
 * block per file whose info string is `<language> <path>`. A file named `contracts/<service>.openapi.json` (or
 * `.asyncapi.json`) is handed to the scanner as that service's contract as well. Secrets stand as placeholders, see
 * placeholders.ts.
 */
export interface Case {
  code: string;
  kind: "bad" | "good";
  name: string;
  files: { path: string; text: string }[];
}

export function corpus(code?: string): Case[] {
  const files = readdirSync(FOLDER).filter(
    (file) => file.endsWith(".md") && (code === undefined || file === `${code}.md`),
  );
  return files.flatMap((file) => casesOf(file.slice(0, -3), readFileSync(join(FOLDER, file), "utf8")));
}

function casesOf(code: string, text: string): Case[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((raw) => {
      const section = fillIn(raw, `${code} ${raw.split("\n", 1)[0]}`);
      const [, kind, name] = /^(bad|good): (.+)/.exec(section) ?? [];
      if ((kind !== "bad" && kind !== "good") || name === undefined)
        throw new Error(
          `${code}.md: a case begins with "### bad: name" or "### good: name", not ${section.slice(0, 60)}`,
        );
      const blocks = [...section.matchAll(/^(`{3,})(\S+) (\S+)\n([\s\S]*?)^\1$/gm)];
      return {
        code,
        kind,
        name: name.trim(),
        files: blocks.map(([, , , path = "", body = ""]) => ({ path, text: body })),
      };
    });
}

/** What the rule of a case finds in it. */
export async function findingsIn({ code, files }: Case): Promise<ScanViolation[]> {
  const root = mkdtempSync(join(tmpdir(), "so-corpus-"));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const contracts = files.flatMap(({ path, text }) => contractOf(path, text));
    const report = await scanProject({
      root,
      services: [],
      contracts,
      service_map: null,
      only: [code],
      signal: new AbortController().signal,
    });
    return report.violations.filter((violation) => violation.code === code);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function contractOf(path: string, text: string): Contract[] {
  const [, service_name, type] = /^contracts\/([a-z0-9-]+)\.(openapi|asyncapi)\.json$/.exec(path) ?? [];
  if (service_name === undefined) return [];
  const when = "2026-01-01T00:00:00.000Z";
  const entry = {
    id: path,
    service_name,
    type,
    version: "1.0.0",
    spec: JSON.parse(text),
    spec_hash: "",
    status: "active",
  };
  return [Contract.parse({ ...entry, build_cycle_id: null, created_at: when, updated_at: when })];
}
