import { sha256 } from "../lib/ids.ts";
import { atLeast, type ContractViolation, type Finding, type ScanViolation } from "../model/finding.ts";
import {
  type GateVerdict,
  LAYERS,
  type LayerResult,
  type QualityGateReport,
  type QualityLevel,
} from "../model/gate-report.ts";
import { type Judgement, skipped, timed } from "./layers/layer.ts";
import { judgeServices } from "./layers/layer1.ts";
import { judgeContracts } from "./layers/layer2.ts";
import { judgeSystem } from "./layers/layer3.ts";
import { reviewAdversarially } from "./layers/layer4.ts";
import type { GateRequest } from "./port.ts";

export { gateHtml } from "./report/html.ts";
export { gateText } from "./report/text.ts";

/**
 * Judge code in four layers (specification 6). A service that fails layer 1 is left out of the later ones; a layer that
 * fails holds back those after it (6.6); layer 4 only advises. Every layer runs as a step, so that a resumed gate does
 * not repeat it.
 *
 * The overall verdict is `failed` when a layer failed, `passed` when layers 1 to 3 passed, `partial` when what ran passed
 * but one of them was skipped, `skipped` when nothing ran.
 */
export async function runGate(request: GateRequest): Promise<QualityGateReport> {
  const first = await runLayer(request, "layer1_service", [], () => judgeServices(request));
  const excluded = first.verdict === "failed" ? failedServices(first) : [];
  const noneLeft = request.services.length > 0 && excluded.length === request.services.length;
  const done: LayerResult[] = [first];
  const next = async (layer: QualityLevel, work: () => Judgement | Promise<Judgement>) => {
    request.signal.throwIfAborted();
    const held = done.find(({ verdict, layer: earlier }) => verdict === "failed" && earlier !== "layer1_service");
    const obstacle = noneLeft
      ? ["No service passed layer 1."]
      : held
        ? [`Held back until ${held.layer} passes.`]
        : layer === "layer4_adversarial" && !request.settings.layer4_enabled
          ? ["Switched off by layer4_enabled."]
          : [];
    done.push(await runLayer(request, layer, obstacle, work));
  };
  await next("layer2_contract", () => judgeContracts(request, excluded));
  await next("layer3_system", () => judgeSystem(request, excluded));
  await next("layer4_adversarial", () => reviewAdversarially(request, excluded));
  return reportOf(request, done, excluded);
}

async function runLayer(
  request: GateRequest,
  layer: QualityLevel,
  [obstacle]: readonly string[],
  work: () => Judgement | Promise<Judgement>,
): Promise<LayerResult> {
  if (!request.layers.includes(layer)) return { layer, ...skipped("Not asked for."), duration_seconds: 0 };
  if (obstacle !== undefined) return { layer, ...skipped(obstacle), duration_seconds: 0 };
  request.onProgress?.(layer, LAYERS.indexOf(layer), LAYERS.length);
  return request.step(layer, () => timed(layer, work));
}

function failedServices({ contract_violations }: LayerResult): string[] {
  return [...new Set(contract_violations.map(({ service }) => service))].sort();
}

function reportOf(request: GateRequest, layers: readonly LayerResult[], excluded: string[]): QualityGateReport {
  const { settings } = request;
  const blocking = layers.flatMap((result) => blockingOf(request, result));
  const total = layers.reduce((sum, result) => sum + result.violations.length + result.contract_violations.length, 0);
  return {
    pipeline_id: request.pipeline_id,
    attempt: request.attempt,
    generated_at: new Date().toISOString(),
    layers: Object.fromEntries(layers.map((result) => [result.layer, result])),
    overall_verdict: overall(layers),
    fix_attempts: request.fix_attempts,
    max_fix_attempts: settings.max_fix_retries,
    total_violations: total,
    blocking_violations: blocking.length,
    excluded_services: excluded,
    blocking,
  };
}

/** Layer 4 advises and has no say. */
function overall(layers: readonly LayerResult[]): GateVerdict {
  const verdicts = layers.filter(({ layer }) => layer !== "layer4_adversarial").map(({ verdict }) => verdict);
  if (verdicts.includes("failed")) return "failed";
  if (verdicts.every((verdict) => verdict === "passed")) return "passed";
  return layers.some(({ verdict }) => verdict !== "skipped") ? "partial" : "skipped";
}

function blockingOf({ settings, project_root }: GateRequest, result: LayerResult): Finding[] {
  if (result.layer === "layer4_adversarial") return [];
  const blocks = ({ severity }: ScanViolation | ContractViolation) =>
    result.layer === "layer1_service" || atLeast(severity, settings.blocking_severity);
  const seen = new Map<string, number>();
  return [
    ...result.contract_violations.filter(blocks).map((violation) => fromContract(violation, seen)),
    ...result.violations.filter(blocks).map((violation) => fromScan(violation, project_root)),
  ].map((finding) => ({ ...finding, layer: result.layer }));
}

function fromScan(violation: ScanViolation, root: string): Finding {
  const { code, severity, service, file_path, line, message, fix, fingerprint } = violation;
  const where = line > 0 ? `${file_path}:${line}` : file_path || service;
  const reproduce = `super-orchestrator scan '${root.replaceAll("'", "'\\''")}' --codes ${code}`;
  return { code, severity, service, where, message, fix, reproduce, fingerprint };
}

function fromContract(violation: ContractViolation, seen: Map<string, number>): Finding {
  const { code, severity, service, endpoint, file_path, message, expected, actual, clause, reproduce } = violation;
  const identity = [code, service, endpoint, clause].join("\0");
  const occurrence = seen.get(identity) ?? 0;
  seen.set(identity, occurrence + 1);
  const wanted = expected && (/^[A-Z].*\.$/.test(expected) ? expected : `Expected: ${expected}`);
  const got = actual && `Actual: ${actual}`;
  return {
    code,
    severity,
    service,
    where: endpoint || file_path || service,
    message,
    fix:
      [wanted, got, clause && `Contract: ${clause}`].filter(Boolean).join(" ") || "Make it do what the contract says.",
    reproduce,
    fingerprint: sha256(`${identity}\0${occurrence}`).slice(0, 20),
  };
}
