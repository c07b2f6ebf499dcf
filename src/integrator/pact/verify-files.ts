import { AppError } from "../../lib/errors.ts";
import { slug } from "../../lib/ids.ts";
import { type Contract, unregistered } from "../../model/contract.ts";
import type { PactReport } from "../../model/pact-report.ts";
import { routePrefix } from "../../model/service-map.ts";
import { at, text } from "../document.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import { send } from "../http.ts";
import { readOperations } from "../operations.ts";
import type { TestSystem } from "../session/session.ts";
import { type Broker, fetchPacts, publishResults } from "./broker.ts";
import { type Pact, readPacts } from "./document.ts";
import { generatePacts, writePacts } from "./generate.ts";
import type { ClientCall } from "./uses.ts";
import { verifyPacts } from "./verify-pacts.ts";

export { brokerAt } from "./broker.ts";
export { clientCallsOf } from "./calls.ts";

/** Pacts against one provider that runs somewhere. */
export interface VerifyFilesRequest {
  /** Base URL of the provider. */
  url: string;
  /** Its name; that of the pacts when they are all of one provider. */
  provider?: string | undefined;
  /** Pact file or folder; null for none. */
  path: string | null;
  /** The provider's contracts: for states, for judging, for making pacts. */
  openapi?: Record<string, unknown> | undefined;
  asyncapi?: Record<string, unknown> | undefined;
  /** A consumer whose calls become pacts; needs `openapi`. */
  consumer?: { name: string; calls: readonly ClientCall[] } | undefined;
  /** Folder to write made pacts into. */
  write_to?: string | undefined;
  broker?: Broker | undefined;
  headers: Record<string, string>;
  states_command?: readonly string[] | null | undefined;
  timeout_ms: number;
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}

export type VerifyFilesReport = PactReport & { provider: string; written: string[] };

/**
 * Verify pacts of files, of a broker, and such as are made from a consumer's calls, against one running provider. Leaves
 * no process and no port. Errors: NOT_FOUND and INVALID_INPUT for pacts and address, REMOTE_UNAVAILABLE when nothing
 * listens there or the broker does not answer, the signal's reason when aborted.
 */
export async function verifyPactFiles(request: VerifyFilesRequest): Promise<VerifyFilesReport> {
  const url = baseOf(request.url);
  const files = request.path === null ? [] : readPacts(request.path);
  const provider = providerOf(request, files);
  const contracts = contractsOf(provider, request);
  const made = generated(request, provider, contracts);
  const fetched = request.broker === undefined ? [] : await fetchPacts(request.broker, provider, request.signal);
  const mine = files.filter((pact) => pact.provider === provider);
  const pacts = [...made.pacts, ...mine, ...fetched.map(({ pact }) => pact)];
  const others = [...new Set(files.map((pact) => pact.provider))].filter((name) => name !== provider);
  await refuseUnreachable(url, pacts, request);
  const written = request.write_to === undefined ? [] : writePacts(request.write_to, made.pacts);
  const gateway = await gatewayTo(url, provider, request.timeout_ms);
  try {
    const base = `${gateway.url}${routePrefix(provider)}${plain(url).slice(url.origin.length)}`;
    const system = systemOf(request, base, contracts);
    const report = await verifyPacts(system, {
      pacts,
      contracts,
      base_url: () => base,
      headers: request.headers,
      states_command: request.states_command ?? null,
      ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
    });
    const published =
      request.broker === undefined ? [] : await publishResults(request.broker, fetched, report, request.signal);
    return {
      ...report,
      violations: [...made.violations, ...report.violations].map((one) => ({
        ...one,
        // Its address is known here.
        reproduce: one.reproduce.replace(/"\$\{\w+_URL:-[^}]*\}"/, () => plain(url)),
      })),
      skipped: [
        ...report.skipped,
        ...made.skipped,
        ...(pacts.length === 0 && made.skipped.length === 0 ? [`there is no pact of ${provider}`] : []),
        ...others.map((name) => `pacts of provider ${name}: not verified, ${provider} runs here`),
      ],
      notes: published,
      provider,
      written,
    };
  } finally {
    await gateway.close();
  }
}

function baseOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:") return url;
  throw new AppError("INVALID_INPUT", `${given} is no http address of a provider.`, {
    remedy: "Give its base address, e.g. http://localhost:8080; what speaks https is verified behind its TLS end.",
  });
}

function plain({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.replace(/\/+$/, "");
}

function providerOf({ provider, path, openapi, consumer, broker }: VerifyFilesRequest, files: readonly Pact[]): string {
  if (provider !== undefined) return provider;
  const names = [...new Set(files.map((pact) => pact.provider))];
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  if (only === undefined && consumer !== undefined) return slug(text(at(openapi, "info", "title")) ?? "provider");
  if (only === undefined && broker === undefined)
    throw new AppError("INVALID_INPUT", path === null ? "There is nothing to verify." : `${path} holds no pact.`, {
      remedy: "Give pacts (a file or a folder), or the provider's spec and a consumer's folder, or a broker.",
    });
  throw new AppError("INVALID_INPUT", `The pacts are of ${names.length} providers: ${names.join(", ")}.`, {
    remedy: "Say with provider which one runs at the address.",
  });
}

function contractsOf(provider: string, { openapi, asyncapi }: VerifyFilesRequest): Contract[] {
  const contract = (type: Contract["type"], spec: Record<string, unknown>) =>
    unregistered(`${provider}-${type}`, { service_name: provider, type, spec });
  return [
    ...(openapi === undefined ? [] : [contract("openapi", openapi)]),
    ...(asyncapi === undefined ? [] : [contract("asyncapi", asyncapi)]),
  ];
}

function generated({ consumer, openapi }: VerifyFilesRequest, provider: string, contracts: Contract[]) {
  if (consumer === undefined) return { pacts: [], violations: [], skipped: [] };
  if (openapi === undefined)
    throw new AppError("INVALID_INPUT", "A consumer's calls become pacts only with the provider's contract.", {
      remedy: "Give spec, the provider's OpenAPI file.",
    });
  const made = generatePacts({ service_map: { services: [] }, contracts, calls: consumer.calls });
  const { pacts, violations } = made;
  const none = pacts.length === 0 && violations.length === 0;
  const reason = `${consumer.name} → ${provider}: no pact, none of ${consumer.calls.length} requests in its code is one of the contract`;
  return { ...made, skipped: none ? [...made.skipped, reason] : made.skipped };
}

/** Nothing listens: that is said at once, and not of each interaction. */
async function refuseUnreachable(
  url: URL,
  pacts: readonly Pact[],
  { timeout_ms, signal }: VerifyFilesRequest,
): Promise<void> {
  if (url.protocol !== "http:" || !pacts.some(({ interactions }) => interactions.some(({ kind }) => kind === "http")))
    return;
  const answer = await send({ method: "HEAD", url: plain(url) || url.href, timeout_ms, signal });
  signal.throwIfAborted();
  if (
    !("failure" in answer) ||
    answer.timed_out ||
    !/^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN|ETIMEDOUT)$/.test(answer.failure)
  )
    return;
  throw new AppError("REMOTE_UNAVAILABLE", `Nothing answers at ${plain(url)}: ${answer.failure}.`, {
    remedy: "Start the provider, or correct the address.",
  });
}

/** The gateway tells a provider that is down from one that answers, and keeps the time limit. */
function gatewayTo(url: URL, provider: string, timeoutMs: number): Promise<Gateway> {
  const route = { service: provider, prefix: routePrefix(provider), target: url.origin };
  return startGateway(() => [route], { timeoutMs });
}

function systemOf(request: VerifyFilesRequest, base: string, contracts: Contract[]): TestSystem {
  const { headers, timeout_ms, signal } = request;
  return {
    gateway_url: base,
    // Whoever gives credentials needs nobody to log in.
    operations: readOperations(contracts).map((one) => (hasCredentials(headers) ? { ...one, secured: false } : one)),
    events: [],
    subscribers: {},
    health: new Map(),
    unavailable: new Map(),
    jwt_secret: null,
    request_timeout_ms: timeout_ms,
    event_timeout_ms: timeout_ms,
    signal,
    transport: (_operation, { method, path, headers: own, body, token }) =>
      send({
        method,
        url: base + path,
        headers: {
          accept: "application/json",
          ...own,
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === null ? {} : { body }),
        timeout_ms,
        signal,
      }),
  };
}

function hasCredentials(headers: Record<string, string>): boolean {
  return Object.keys(headers).some((name) => /^(authorization|cookie)$|key|token/i.test(name));
}
