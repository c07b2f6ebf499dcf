import type { BoundaryCheck, BoundaryResult } from "../../model/boundary.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { INTEGRATION_CODES, type IntegrationCodeName } from "../codes.ts";
import type { TestSystem } from "../session/session.ts";
import { driftsOf } from "./drift.ts";
import { describeField, type Field } from "./field.ts";
import { type Pair, pairsOf } from "./pairs.ts";

/**
 * Compare what contracts of different services say of the same data: names, types, formats, what may be null or missing,
 * values of enums, number encoding, lengths. Whoever reads is blamed, because it assumes what the sender never promised.
 */
export function compareContracts(system: TestSystem, map?: Pick<ServiceMap, "services">): BoundaryResult {
  const checks: BoundaryCheck[] = [];
  const violations: ContractViolation[] = [];
  for (const pair of pairsOf(system, map)) {
    const found = compare(pair).filter((one) => !violations.some((known) => isSame(known, one)));
    violations.push(...found);
    checks.push({
      topic: "contract",
      services: [pair.from, pair.to],
      subject: pair.subject,
      verdict: found.length === 0 ? "passed" : "failed",
      reason: found.map(({ message }) => message).join(" "),
    });
  }
  return { checks, violations };
}

function isSame(a: ContractViolation, b: ContractViolation): boolean {
  return a.code === b.code && a.service === b.service && a.clause === b.clause;
}

function compare(pair: Pair): ContractViolation[] {
  const found: ContractViolation[] = [];
  for (const received of pair.received) {
    const sent = pair.sent.find(({ key }) => key === received.key);
    if (sent === undefined) {
      if (pair.isOneDocument && received.required && !received.key.includes("."))
        found.push(violation(pair, "BOUNDARY-004", "is required where it is read and never sent", null, received));
      continue;
    }
    for (const { code, message } of driftsOf(sent, received, pair.isOneDocument))
      found.push(violation(pair, code, message, sent, received));
  }
  return found;
}

function violation(
  pair: Pair,
  code: IntegrationCodeName,
  message: string,
  sent: Field | null,
  received: Field,
): ContractViolation {
  const source = sent === null ? "nothing of that name" : `${describeField(sent)} (${sent.pointer})`;
  return {
    code,
    severity: INTEGRATION_CODES[code].severity,
    service: pair.to,
    endpoint: pair.endpoint,
    message: `${pair.subject}: ${received.name} ${message} (${pair.from} to ${pair.to}).`,
    expected: `as ${pair.from} has it: ${source}`,
    actual: `${pair.to} has ${describeField(received)} (${received.pointer})`,
    file_path: "",
    clause: received.pointer,
    reproduce: "",
  };
}
