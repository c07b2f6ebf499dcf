import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { AppError, messageOf } from "../lib/errors.ts";
import { FUZZ_CHECKS, FUZZ_PHASES, FuzzReport } from "../model/fuzz-report.ts";
import { type AnyTool, defineTool, type ToolCall } from "./define-tool.ts";
import { contractFor, fuzzFields, headersFrom } from "./fuzz-fields.ts";
import { testContracts } from "./test-contracts.ts";

const FORMATS = ["text", "json", "junit", "har"] as const;

/** The fuzzer as a command: every option, and a report for people or for another program. */
export const fuzzCommand: AnyTool = defineTool({
  name: testContracts.name,
  title: testContracts.title,
  toolset: testContracts.toolset,
  hints: testContracts.hints,
  cli: { command: "fuzz", arguments: [] },
  description:
    "Test a running service against its OpenAPI contract. Sends to --url only. Exit status: 0 nothing found, 1 violations, 2 it could not run or no operation could be tested with valid data.",
  input: z.object({
    ...fuzzFields,
    basic: z.string().optional().describe("`user:password` for HTTP basic."),
    api_key: z
      .array(z.string())
      .default([])
      .describe("API key, or `name=value` for the scheme or parameter of that name."),
    oauth2: z.string().optional().describe("`client_id:client_secret` for the client credentials flow."),
    format: z.enum(FORMATS).default("text").describe("How the report is written on standard output."),
    phases: z.array(z.enum(FUZZ_PHASES)).default([]).describe("Only these phases."),
    checks: z.array(z.enum(FUZZ_CHECKS)).default([]).describe("Only these checks."),
    max_seconds: z.number().min(0).default(0).describe("Time for everything; 0 for no limit."),
    rate: z.number().min(0).default(0).describe("Requests a second at most; 0 for no limit."),
    concurrency: z.number().int().min(1).max(256).default(8).describe("Requests at the same time."),
    timeout: z.number().positive().default(10).describe("Seconds for one request."),
    max_response_time: z.number().positive().optional().describe("Milliseconds; slower answers are violations."),
    hooks: z.string().optional().describe("ES module that exports beforeRequest, afterResponse or filterCase."),
    cleanup: z.boolean().default(true).describe("Delete what was created."),
    replay: z.string().optional().describe("JSON report whose violations are sent again; `file#id` for one."),
    backend: z
      .enum(["builtin", "schemathesis"])
      .default("builtin")
      .describe("Who tests; schemathesis must be on PATH. It takes spec, url, headers, seed and limits."),
  }),
  output: FuzzReport.extend({ rendered: z.string() }),
  run: async (input, call) => {
    const {
      spec,
      url,
      header,
      bearer,
      basic,
      api_key,
      oauth2,
      format,
      timeout,
      max_response_time,
      hooks,
      replay: file,
      backend,
      ...options
    } = input;
    const document = await contractFor(spec, call);
    const credentials = { headers: headersFrom(header), bearer, basic, api_keys: api_key, oauth2 };
    const shared = { document, url, credentials, signal: call.signal, timeout_ms: timeout * 1000 };
    const { fuzz, fuzzJunit, fuzzText, harOf, replay, runSchemathesis } = await import("../integrator/fuzz/fuzz.ts");
    const har = harOf(url.replace(/\/+$/, ""));
    const onExchange = format === "har" ? har.note : () => {};
    const report =
      file !== undefined
        ? await replay({ ...shared, ...earlier(file, call), onExchange })
        : backend === "schemathesis"
          ? await runSchemathesis({ ...shared, ...options })
          : await fuzz({
              ...shared,
              ...options,
              max_response_ms: max_response_time ?? null,
              hooks_file: hooks === undefined ? undefined : resolve(call.ctx.workspace, hooks),
              onExchange,
              onProgress: call.progress,
            });
    const rendered = {
      text: () => fuzzText(report),
      json: () => JSON.stringify(report, null, 2),
      junit: () => fuzzJunit(report),
      har: () => har.text(packageJson.version),
    };
    return { ...report, rendered: rendered[format]() };
  },
  text: ({ rendered }) => rendered,
  exitCode: ({ violations, interrupted, operations }) => {
    if (violations.length > 0) return 1;
    if (interrupted) return 130;
    return operations.length > 0 && operations.every(({ skipped }) => skipped !== "") ? 2 : 0;
  },
});

/** An earlier report and which of its violations is meant. Errors: NOT_FOUND, INVALID_INPUT. */
function earlier(given: string, { ctx }: ToolCall): { report: FuzzReport; id: string | undefined } {
  const [path = "", id] = existsSync(resolve(ctx.workspace, given)) ? [given] : given.split(/#(?=[0-9a-f]+$)/);
  const file = resolve(ctx.workspace, path);
  if (!existsSync(file))
    throw new AppError("NOT_FOUND", `There is no report ${path}.`, { remedy: "Give a file that --format json wrote." });
  try {
    return { report: FuzzReport.parse(JSON.parse(readFileSync(file, "utf8"))), id };
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `${path} is no report: ${messageOf(cause).split("\n")[0]}`, {
      remedy: "Give a file that --format json wrote.",
      cause,
    });
  }
}
