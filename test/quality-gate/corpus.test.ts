import { describe, expect, it } from "vitest";
import { corpus, findingsIn } from "./corpus.ts";

/** Cases the rules get wrong today, each with the reason: known limits are written down, not left out. */
const KNOWN_LIMITS: Record<string, string> = {};

for (const code of new Set(corpus().map((one) => one.code)))
  describe(code, () => {
    for (const one of corpus(code)) {
      const limit = KNOWN_LIMITS[`${code} ${one.kind}: ${one.name}`];
      it(`${one.kind}: ${one.name}${limit ? ` (known limit: ${limit})` : ""}`, async () => {
        expect(one.files.length).toBeGreaterThan(0);
        const found = (await findingsIn(one)).length > 0;
        const right = found === (one.kind === "bad");
        // A known limit that has gone away must leave the list.
        expect(right).toBe(limit === undefined);
      });
    }
  });
