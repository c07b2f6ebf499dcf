import type { Contract } from "../../model/contract.ts";
import { isJson, objectAt } from "../document.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** How many operations and events a contract has. */
export function countOperations({ type, spec }: Pick<Contract, "type" | "spec">): number {
  const members = (name: string, keys: string[]) =>
    Object.values(objectAt(spec, name)).reduce<number>(
      (sum, item) => sum + Object.keys(isJson(item) ? item : {}).filter((key) => keys.includes(key)).length,
      0,
    );
  if (type === "openapi") return members("paths", METHODS);
  if (type === "json_schema") return 0;
  return Object.keys(objectAt(spec, "operations")).length || members("channels", ["publish", "subscribe"]);
}

/** The path of an OpenAPI document that a requested path fits, fixed segments before parameters; undefined for none. */
export function templateOf(spec: Contract["spec"], requested: string): string | undefined {
  const path = requested.replace(/[?#].*$/, "");
  const paths = Object.keys(objectAt(spec, "paths"));
  if (paths.includes(path)) return path;
  const fits = paths.filter((template) => patternOf(template).test(path));
  return fits.sort((a, b) => parameters(a) - parameters(b))[0];
}

function patternOf(template: string): RegExp {
  const parts = template.split(/\{[^{}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}

function parameters(template: string): number {
  return template.split("{").length - 1;
}
