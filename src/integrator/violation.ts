import type { ContractViolation } from "../model/finding.ts";
import { urlVariable } from "../model/service-map.ts";
import { INTEGRATION_CODES, type IntegrationCodeName } from "./codes.ts";
import { endpointOf, type Operation } from "./operation.ts";
import type { PreparedRequest } from "./session/session.ts";

/** What is wrong, before it is told whose it is. */
export interface Problem {
  code: IntegrationCodeName;
  message: string;
  expected: string;
  actual: string;
  clause: string;
}

/** A problem of one operation as a finding against its service. */
export function violationOf(
  problem: Problem,
  operation: Operation,
  request: Omit<PreparedRequest, "assumed"> | null,
): ContractViolation {
  return {
    ...problem,
    severity: INTEGRATION_CODES[problem.code].severity,
    service: operation.service,
    endpoint: endpointOf(operation),
    file_path: "",
    reproduce: request === null ? "" : curlLine(operation.service, request),
  };
}

/**
 * The request as a shell line against the service itself. Ports differ from run to run, so the base URL is the variable
 * that the runtime sets, with a default; the token is a variable too, because it is a secret.
 */
export function curlLine(
  service: string,
  { method, path, headers, body, token }: Omit<PreparedRequest, "assumed">,
): string {
  const parts = ["curl -i", method === "HEAD" ? "--head" : `-X ${method}`];
  parts.push(`"\${${urlVariable(service)}:-http://localhost:8080}"${quoted(path)}`);
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (token !== null) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (body !== null) parts.push(`--data-raw ${quoted(body)}`);
  return parts.join(" ");
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
