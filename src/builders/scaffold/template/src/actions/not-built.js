import { Problem } from "../problem.js";

/** An operation that the contract does not say enough about. It says so instead of making something up. */
export function notBuilt(reason) {
  return () => {
    throw new Problem(501, `This operation is not built: ${reason}.`);
  };
}
