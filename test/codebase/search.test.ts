import { createServer, type Server } from "node:http";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { partsOf, stem, stemsIn } from "../../src/codebase/search/words.ts";
import { codebaseFolders } from "./folders.ts";

const folders = codebaseFolders();
afterAll(() => folders.remove());

const CODE = {
  "payments.py":
    'def charge_card(card):\n    """Take money from a card."""\n    return gateway.debit(card)\n\n\ndef HTTPServerPort():\n    return 80\n',
  "users.ts":
    "export function removeAccount(id: string) {\n  return db.drop(id);\n}\n\nexport function usrRepo() {\n  return 1;\n}\n",
  "inventory.go": "package p\n\nfunc InventoryLevel() int { return 1 }\n\nfunc invtSync() {}\n",
};

describe("words", () => {
  it("are the parts of names, acronyms and numbers apart", () => {
    expect(partsOf("HTTPServerV2")).toEqual(["http", "server", "v2"]);
    expect(partsOf("get_user_by_id")).toEqual(["get", "user", "by", "id"]);
    expect(partsOf("parseJSON5Text")).toEqual(["parse", "json5", "text"]);
  });

  it.each([
    ["payments", "payment"],
    ["creating", "created"],
    ["create", "creation"],
    ["retries", "retry"],
    ["running", "run"],
    ["validation", "validate"],
    ["notified", "notifies"],
  ])("%s and %s have one stem", (one, other) => {
    expect(stem(one)).toBe(stem(other));
  });

  it("leave out what every program says", () => {
    expect([...stemsIn("return self.order if order else None")]).toEqual(["order"]);
  });
});

describe("search", () => {
  const first = async (query: string) =>
    (await folders.project(CODE).codebase.searchSemantic({ query, n_results: 2 })).map(
      ({ symbol_name }) => symbol_name,
    );

  it("knows stems, synonyms and abbreviations", async () => {
    expect((await first("charging cards"))[0]).toBe("charge_card");
    expect((await first("delete a user account"))[0]).toBe("removeAccount");
    expect((await first("user repository"))[0]).toBe("usrRepo");
    expect((await first("http port"))[0]).toBe("HTTPServerPort");
    expect(await first("inventory")).toEqual(["InventoryLevel", "invtSync"]);
  });

  it("gives nothing for words that no code has, and refuses an empty question", async () => {
    const { codebase } = folders.project(CODE);
    expect(await codebase.searchSemantic({ query: "zebra" })).toEqual([]);
    await expect(codebase.searchSemantic({ query: "  " })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(codebase.searchSemantic({ query: "x", service_name: "nobody" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("survives what a query language would take for its own", async () => {
    const { codebase } = folders.project(CODE);
    for (const query of ['card" OR "', "card NEAR(", "card*", "name:card", "-card", "(card"])
      expect((await codebase.searchSemantic({ query }))[0]?.symbol_name).toBe("charge_card");
  });
});

const Asked = z.object({ model: z.string(), input: z.array(z.string()) });

describe("search with embeddings", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** An endpoint of which the vector of a text says only whether it is about animals. */
  async function endpoint(answer: (input: string[]) => unknown, status = 200) {
    const asked: { input: string[]; key: string | undefined }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const { input } = Asked.parse(JSON.parse(body));
        asked.push({ input, key: request.headers.authorization });
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer(input)));
      });
    });
    servers.push(server);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    return { url: `http://127.0.0.1:${port}/v1`, model: "small", api_key: "k1", asked };
  }
  const vectors = (input: string[]) => ({
    data: input.map((text, index) => ({ index, embedding: /zebra|Inventory/.test(text) ? [1, 0] : [0, 1] })),
  });

  it("ranks by meaning what words do not find, and keeps vectors by content", async () => {
    const embeddings = await endpoint(vectors);
    const codebase = folders.open(folders.folder(CODE), embeddings);
    const notes: string[] = [];
    const found = await codebase.searchSemantic({
      query: "zebra",
      n_results: 1,
      onFallback: (note) => notes.push(note),
    });
    expect(found[0]?.symbol_name).toBe("InventoryLevel");
    expect(notes).toEqual([]);
    expect(embeddings.asked[0]?.key).toBe("Bearer k1");
    const texts = embeddings.asked.flatMap(({ input }) => input).length;
    expect(texts).toBeGreaterThan(5);
    await codebase.searchSemantic({ query: "zebra" });
    // Only the question is new.
    expect(embeddings.asked.flatMap(({ input }) => input).length).toBe(texts + 1);
  });

  it.each([
    ["an error", () => ({ error: "no" }), 500, "it answered 500"],
    ["something else", () => ({ data: "no" }), 200, "no list of embeddings"],
    ["too few vectors", () => ({ data: [{ embedding: [1] }] }), 200, "1 vectors for"],
  ])("falls back to words when the endpoint answers with %s, and says why", async (_what, answer, status, reason) => {
    const embeddings = await endpoint(answer, status);
    const codebase = folders.open(folders.folder(CODE), embeddings);
    const notes: string[] = [];
    const found = await codebase.searchSemantic({ query: "charge card", onFallback: (note) => notes.push(note) });
    expect(found[0]?.symbol_name).toBe("charge_card");
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(reason);
  });

  it("falls back when nobody listens", async () => {
    const codebase = folders.open(folders.folder(CODE), { url: "http://127.0.0.1:9/v1", model: "m", api_key: "" });
    const notes: string[] = [];
    await codebase.searchSemantic({ query: "charge card", onFallback: (note) => notes.push(note) });
    expect(notes[0]).toContain("127.0.0.1:9");
  });
});
