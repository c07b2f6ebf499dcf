import { describe, expect, it } from "vitest";
import { examine } from "../../src/quality-gate/examine.ts";
import { RULES } from "../../src/quality-gate/rules/index.ts";
import { COMMON_QUERIES } from "../../src/source/common-queries.ts";
import { LANGUAGES, languageOf } from "../../src/source/languages.ts";
import { compiledQuickly, loadGrammars, parseSource } from "../../src/source/syntax.ts";
import { corpus } from "../quality-gate/corpus.ts";

const more: Record<string, string> = {
  "store.js": "class Store {\n  save(order) {\n    return order;\n  }\n}\n",
  "store.go": "package store\n\nfunc drop(all map[string]int) {\n\tdelete(all, `a`)\n\tremove(all, `b`)\n}\n",
};

/** Code files of the corpus, a few of each rule and language. */
const samples = [...new Set(corpus().map(({ code }) => code))].flatMap((code) => {
  const taken = new Map<string, number>();
  return corpus(code)
    .flatMap(({ files }) => files)
    .flatMap(({ path, text }) => {
      const language = languageOf(path);
      const count = taken.get(language ?? "") ?? 0;
      if (language === null || count >= 3) return [];
      taken.set(language, count + 1);
      return [{ info: { path, service: "", kind: "code" as const, language, is_test: false }, text }];
    });
});
for (const [path, text] of Object.entries(more)) {
  const language = languageOf(path);
  if (language) samples.push({ info: { path, service: "", kind: "code", language, is_test: false }, text });
}

describe("common queries", () => {
  it("find together what each finds by itself, in the same order", async () => {
    await loadGrammars(samples.map(({ info }) => info));
    const found = new Map<string, number>();
    const places = () =>
      samples.map(({ info, text }) => {
        const tree = parseSource(info.path, info.language, text);
        const lists = COMMON_QUERIES[info.language].map((query) =>
          (tree?.matches(query) ?? []).map((captures) =>
            Object.entries(captures).map(([name, node]) => [name, node?.startIndex, node?.endIndex]),
          ),
        );
        for (const [index, list] of lists.entries())
          found.set(`${info.language} ${index}`, (found.get(`${info.language} ${index}`) ?? 0) + list.length);
        tree?.delete();
        return lists;
      });
    // First together: what is compiled by itself once is not compiled again.
    const together = await compiledQuickly(async () => places());
    expect(places()).toEqual(together);
    const empty = LANGUAGES.flatMap((language) =>
      COMMON_QUERIES[language]
        .filter((_, index) => !found.get(`${language} ${index}`))
        .map((one) => `${language} ${one}`),
    );
    expect(empty).toEqual([]);
  });

  it("are asked as they are listed", async () => {
    const asked = new Set<string>();
    await loadGrammars(samples.map(({ info }) => info));
    for (const { info, text } of samples)
      examine(info, text, RULES, (path, language, source) => {
        const tree = parseSource(path, language, source);
        return (
          tree && {
            ...tree,
            get exhausted() {
              return tree.exhausted;
            },
            matches: (query) => {
              asked.add(`${language} ${query}`);
              return tree.matches(query);
            },
          }
        );
      });
    const idle = LANGUAGES.flatMap((language) =>
      COMMON_QUERIES[language].map((query) => `${language} ${query}`).filter((query) => !asked.has(query)),
    );
    expect(idle).toEqual([]);
  });
});
