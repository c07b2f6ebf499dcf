import { afterEach, describe } from "vitest";
import { engineContract } from "./engine-contract.ts";
import { embedded } from "./support.ts";

const made: ReturnType<typeof embedded>[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

for (const cycle of ["cycle-1", null])
  describe(`the embedded engine, contracts of ${cycle ?? "the workspace"}`, () => {
    engineContract(
      async () => {
        const one = embedded();
        made.push(one);
        return one.engine;
      },
      { cycle },
    );
  });
