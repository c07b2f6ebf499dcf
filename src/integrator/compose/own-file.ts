import { existsSync, readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { AppError } from "../../lib/errors.ts";
import { isRecord } from "../document.ts";
import { type ComposeDocument, GENERATED } from "./document.ts";
import { INFRASTRUCTURE } from "./generate.ts";

/** Whether a Compose file is there that somebody else wrote. */
export function isOwnFile(path: string): boolean {
  return existsSync(path) && !readFileSync(path, "utf8").startsWith(GENERATED);
}

/** A user's Compose file as data. Errors: INVALID_INPUT with the line when it is no YAML or has no services. */
export function readOwnFile(path: string): Record<string, Record<string, unknown>> {
  const document = parseDocument(readFileSync(path, "utf8"), { merge: true });
  const [error] = document.errors;
  const remedy = "Correct it; `docker compose config` shows what Compose makes of it.";
  if (error)
    throw new AppError("INVALID_INPUT", `${path} is no YAML: ${error.message.split("\n")[0] ?? ""}.`, { remedy });
  const data: unknown = document.toJS();
  const services = isRecord(data) ? data.services : undefined;
  if (!isRecord(services)) throw new AppError("INVALID_INPUT", `${path} has no services.`, { remedy });
  return Object.fromEntries(Object.entries(services).map(([name, body]) => [name, isRecord(body) ? body : {}]));
}

/**
 * What has to be laid over a user's own Compose file so that the gateway finds its services: labels where a service has
 * none of Traefik's, with the network they need, services of the system that it does not have, and a gateway when it has
 * none. What it says itself stays as it is. Null when nothing is missing.
 */
export function missingFrom(
  own: Record<string, Record<string, unknown>>,
  generated: ComposeDocument,
): ComposeDocument | null {
  const overlay: ComposeDocument = { services: {} };
  for (const [name, entry] of Object.entries(generated.services)) {
    const theirs = own[name];
    if (theirs === undefined) {
      const hasGateway = Object.values(own).some(({ image }) => /(^|\/)traefik(:|$)/.test(String(image ?? "")));
      if (name === "traefik" ? !hasGateway : !INFRASTRUCTURE.includes(name)) overlay.services[name] = entry;
      continue;
    }
    if (hasRouteLabels(theirs.labels) || entry.labels === undefined) continue;
    const networks = theirs.networks === undefined ? ["default", "frontend"] : ["frontend"];
    overlay.services[name] = { labels: entry.labels, networks: theirs.network_mode === undefined ? networks : [] };
  }
  // A gateway of theirs that reads labels finds the added ones on its own network.
  if (Object.keys(overlay.services).length === 0) return null;
  return { ...overlay, ...(generated.networks ? { networks: generated.networks } : {}) };
}

function hasRouteLabels(labels: unknown): boolean {
  const names = Array.isArray(labels) ? labels.map(String) : Object.keys(isRecord(labels) ? labels : {});
  return names.some((name) => name.startsWith("traefik."));
}
