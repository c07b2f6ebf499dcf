// Precision and recall of every scan code on the annotated corpus in test/fixtures/corpus.
//   npx tsx bench/precision.ts [CODE]
import { corpus, findingsIn } from "../test/quality-gate/corpus.ts";

const counts = new Map<string, { hit: number; missed: number; alarm: number; quiet: number }>();
for (const one of corpus(process.argv[2])) {
  const count = counts.get(one.code) ?? { hit: 0, missed: 0, alarm: 0, quiet: 0 };
  counts.set(one.code, count);
  const found = (await findingsIn(one)).length > 0;
  count[one.kind === "bad" ? (found ? "hit" : "missed") : found ? "alarm" : "quiet"] += 1;
  if (found !== (one.kind === "bad")) console.log(`wrong: ${one.code} ${one.kind}: ${one.name}`);
}
for (const [code, { hit, missed, alarm, quiet }] of counts) {
  const recall = hit / Math.max(1, hit + missed);
  const precision = hit / Math.max(1, hit + alarm);
  console.log(
    `${code}: recall ${recall.toFixed(2)}, precision ${precision.toFixed(2)} (${hit + missed} bad, ${alarm + quiet} good)`,
  );
}
