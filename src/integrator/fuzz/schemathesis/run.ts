import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../../lib/errors.ts";
import { baseEnvironment, outputOf } from "../../../lib/exec.ts";
import type { FuzzReport } from "../../../model/fuzz-report.ts";
import type { CredentialOptions } from "../http/credentials.ts";
import { readSpec } from "../spec/read-spec.ts";
import { readEvents } from "./events.ts";

export interface SchemathesisRequest {
  document: Record<string, unknown>;
  url: string;
  credentials: CredentialOptions;
  seed?: number | undefined;
  max_examples?: number;
  /** Time for everything, in seconds; 0 for no limit. */
  max_seconds?: number;
  timeout_ms?: number;
  /** Program to run; `schemathesis` on PATH when left out. */
  command?: string;
  signal: AbortSignal;
}

const LONGEST_MS = 24 * 3600 * 1000;
const OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Let the Schemathesis command line (4.x) test the service, and tell its failures as our violations. Redirects are not
 * followed. Errors: ENVIRONMENT when it is not installed, REMOTE_ANSWER when it could not run, CONTRACT_INVALID.
 */
export async function runSchemathesis(request: SchemathesisRequest): Promise<FuzzReport> {
  const spec = readSpec(request.document);
  const begin = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "so-schemathesis-"));
  try {
    const contract = join(folder, "openapi.json");
    const events = join(folder, "events.ndjson");
    writeFileSync(contract, JSON.stringify(request.document));
    const seed = request.seed ?? 1;
    const ran = await outputOf(request.command ?? "schemathesis", argumentsFor(request, contract, events, seed), {
      cwd: folder,
      env: baseEnvironment({ NO_COLOR: "1" }),
      timeoutMs: LONGEST_MS,
      maxBytes: OUTPUT_BYTES,
      signal: request.signal,
    });
    const text = readOr(events);
    if (text === "" || (ran.code !== 0 && ran.code !== 1 && !request.signal.aborted))
      throw new AppError("REMOTE_ANSWER", `Schemathesis could not run: ${lastLine(ran.stderr || ran.stdout)}.`, {
        remedy: "Run it by hand on the same contract and address, or use --backend builtin.",
      });
    const { violations, requests, counts, first_ms } = readEvents(text, request.url.replace(/\/+$/, ""), spec);
    return {
      url: request.url.replace(/\/+$/, ""),
      seed,
      backend: "schemathesis",
      violations,
      requests,
      duration_ms: Math.round(performance.now() - begin),
      first_violation_ms: first_ms,
      operations: spec.operations.map(({ name, operation: { method, path } }) => ({
        method,
        path,
        requests: counts.get(name) ?? 0,
        violations: violations.filter((one) => one.method === method && one.path === path).length,
        skipped: counts.has(name) ? "" : "Schemathesis sent no request to it",
      })),
      cleaned_up: 0,
      left_behind: 0,
      interrupted: request.signal.aborted,
      notes: ["Tested by Schemathesis, which cleans nothing up."],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function argumentsFor(request: SchemathesisRequest, contract: string, events: string, seed: number): string[] {
  const { headers, bearer, basic, api_keys } = request.credentials;
  const all: Record<string, string> = {
    ...headers,
    ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
  };
  for (const key of api_keys) {
    const cut = key.indexOf("=");
    if (cut > 0) all[key.slice(0, cut)] = key.slice(cut + 1);
  }
  return [
    "run",
    contract,
    "--url",
    request.url,
    "--report",
    "ndjson",
    "--report-ndjson-path",
    events,
    "--seed",
    String(seed),
    "--max-redirects",
    "0",
    "--max-examples",
    String(request.max_examples ?? 50),
    "--request-timeout",
    String((request.timeout_ms ?? 10_000) / 1000),
    ...((request.max_seconds ?? 0) > 0
      ? ["--max-time", String(Math.max(1, Math.round(request.max_seconds ?? 1)))]
      : []),
    ...Object.entries(all).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
    ...(basic === undefined ? [] : ["--auth", basic]),
  ];
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim().replace(/\.$/, "") || "it wrote nothing";
}
