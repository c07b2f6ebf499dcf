import { fuzz } from "../../../src/integrator/fuzz/fuzz.ts";
import type { FuzzRequest } from "../../../src/integrator/fuzz/request.ts";
import type { FuzzReport } from "../../../src/model/fuzz-report.ts";

export interface Fault {
  name: string;
  /** `METHOD /path` it is to be blamed on. */
  operation: string;
  codes: string[];
}

export interface RunningService {
  url: string;
  requests(): number;
  close(): Promise<void>;
}

interface Fixtures {
  startService(name: string, faults?: string): Promise<RunningService>;
}

// The services are plain JavaScript, so that any tester can be run against them.
const fixtures = new URL("../../fixtures/fuzz/", import.meta.url);
const { startService }: Fixtures = await import(new URL("server.mjs", fixtures).href);
const { SERVICES }: { SERVICES: Record<string, { spec: Record<string, unknown>; faults: Fault[] }> } = await import(
  new URL("services.mjs", fixtures).href
);

export { SERVICES, startService };

export function specOf(name: string): Record<string, unknown> {
  const service = SERVICES[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service.spec;
}

/** Fuzz one of the services with some of its faults. */
export async function fuzzService(
  name: string,
  faults: string[],
  options: Partial<FuzzRequest> = {},
): Promise<FuzzReport> {
  const service = await startService(name, faults.join(","));
  try {
    return await fuzz(requestFor(name, service.url, options));
  } finally {
    await service.close();
  }
}

export function requestFor(name: string, url: string, options: Partial<FuzzRequest> = {}): FuzzRequest {
  const credentials = { headers: {}, api_keys: [] };
  return {
    document: specOf(name),
    url,
    credentials,
    seed: 1,
    max_examples: 10,
    signal: new AbortController().signal,
    ...options,
  };
}

/** Faults that do not hide each other, in packs: at most one an operation. What ends or breaks answers stands alone. */
export function packsOf(name: string): Fault[][] {
  const packs: Fault[][] = [];
  for (const fault of SERVICES[name]?.faults ?? []) {
    const alone = standsAlone(fault);
    const pack = alone
      ? undefined
      : packs.find((one) => one.every((other) => !standsAlone(other) && entityOf(other) !== entityOf(fault)));
    if (pack === undefined) packs.push([fault]);
    else pack.push(fault);
  }
  return packs;
}

/** What breaks answers or logins hides the rest. */
function standsAlone({ codes, operation }: Fault): boolean {
  return operation === "POST /login" || codes.some((code) => /^(INT|STATE|AUTH)/.test(code));
}

function entityOf({ operation }: Fault): string {
  return operation.split("/")[1] ?? "";
}

/** `CODE METHOD /path` of each violation. */
export function blamed({ violations }: FuzzReport): string[] {
  return violations.map(({ code, method, path }) => `${code} ${method} ${path}`);
}
