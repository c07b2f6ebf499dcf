import { AppError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { FuzzOperation } from "./spec/model.ts";

/**
 * The operations that patterns leave: "GET /orders/*", "/orders*", "DELETE" or an operation id, with `*` for anything.
 * Errors: INVALID_INPUT for a pattern that fits none: a typo must not test nothing, or everything.
 */
export function selectOperations(
  operations: readonly FuzzOperation[],
  include: readonly string[],
  exclude: readonly string[] = [],
): FuzzOperation[] {
  const matchers = (patterns: readonly string[]) =>
    patterns.map((pattern) => {
      const fits = matcherOf(pattern);
      if (operations.some(fits)) return fits;
      const meant = nearest(
        pattern,
        operations.flatMap(({ name, operation }) => [name, operation.path, operation.id]),
      );
      throw new AppError("INVALID_INPUT", `No operation of the contract fits ${pattern}.`, {
        remedy: meant
          ? `Did you mean ${meant}?`
          : `Operations look like this: ${operations[0]?.name ?? "GET /orders"}.`,
      });
    });
  const wanted = matchers(include);
  const unwanted = matchers(exclude);
  return operations.filter(
    (one) => (wanted.length === 0 || wanted.some((fits) => fits(one))) && !unwanted.some((fits) => fits(one)),
  );
}

function matcherOf(pattern: string): (operation: FuzzOperation) => boolean {
  const text = pattern
    .trim()
    .replace(/^[a-z]+(?=\s|$)/i, (method) =>
      /^(get|put|post|delete|options|head|patch|trace)$/i.test(method) ? method.toUpperCase() : method,
    );
  const expression = new RegExp(
    `^${text
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return ({ name, operation }) =>
    [name, operation.path, operation.id, operation.method].some((word) => expression.test(word));
}
