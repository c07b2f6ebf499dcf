import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodebaseIntelligence } from "../../src/codebase/port.ts";
import { AppError } from "../../src/lib/errors.ts";

const SHOP = join(import.meta.dirname, "..", "fixtures", "codebase", "shop");

/**
 * What every codebase intelligence does, whoever runs it. `open` gets a folder that holds a copy of the fixture; what it
 * gives is closed by `close` before the folder is removed.
 */
export function codebaseContract(
  name: string,
  open: (root: string) => Promise<{ codebase: CodebaseIntelligence; close(): Promise<void> | void }>,
): void {
  describe(`${name} knows the code`, () => {
    let root: string;
    let codebase: CodebaseIntelligence;
    let close: () => Promise<void> | void;

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), "codebase-"));
      cpSync(SHOP, root, { recursive: true });
      ({ codebase, close } = await open(root));
    });
    afterAll(async () => {
      await close?.();
      rmSync(root, { recursive: true, force: true });
    });

    const callers = async (symbol: string) => {
      const { callers: found } = await codebase.findCallers({ symbol });
      return found.map(({ file_path, line, caller_symbol }) => `${file_path}:${line} ${caller_symbol}`.trim()).sort();
    };
    const failure = async (asking: Promise<unknown>) => {
      const cause: unknown = await asking.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(cause).toBeInstanceOf(AppError);
      return cause instanceof AppError ? cause : new AppError("INTERNAL", "", { remedy: "" });
    };

    it("indexes the folder once, and then only what changed", async () => {
      const first = await codebase.index({});
      expect(first.files).toBeGreaterThan(20);
      expect(first.symbols).toBeGreaterThan(50);
      expect(first.unparsed).toEqual([]);
      expect((await codebase.index({})).files).toBe(first.files);
    });

    it.each([
      ["place_order", "orders/app/service.py", 28, "function"],
      ["OrderRepository.create", "orders/app/repository.py", 12, "method"],
      ["Order", "orders/app/models.py", 10, "class"],
      ["InvoiceService", "billing/src/lib/invoices.ts", 8, "class"],
      ["Invoice", "billing/src/lib/invoices.ts", 3, "interface"],
      ["retryFailedPayment", "billing/src/lib/invoices.ts", 22, "function"],
      ["Keeper", "stock/internal/store/store.go", 4, "interface"],
      ["Memory.Reserve", "stock/internal/store/store.go", 14, "method"],
      ["SmtpSender.deliver", "mail/src/main/java/shop/mail/SmtpSender.java", 5, "method"],
      ["formatLine", "legacy/format.js", 3, "function"],
    ])("finds where %s is defined", async (symbol, file, line, kind) => {
      const [best] = await codebase.findDefinition({ symbol });
      expect(best).toMatchObject({ file, line, kind });
    });

    it("lists every definition of a name, and only those of a language when asked", async () => {
      const all = await codebase.findDefinition({ symbol: "create" });
      expect(all.map(({ file }) => file).sort()).toEqual([
        "billing/src/lib/invoices.ts",
        "orders/app/repository.py",
        "orders/app/service.py",
      ]);
      const typed = await codebase.findDefinition({ symbol: "create", language: "typescript" });
      expect(typed.map(({ file }) => file)).toEqual(["billing/src/lib/invoices.ts"]);
    });

    it("says what comes close to a name it does not know", async () => {
      const cause = await failure(codebase.findDefinition({ symbol: "place_ordr" }));
      expect(cause.code).toBe("NOT_FOUND");
      expect((await failure(codebase.findCallers({ symbol: "nobody.has.this" }))).code).toBe("NOT_FOUND");
    });

    it.each([
      // Through __init__.py, under another name.
      ["place_order", ["orders/app/main.py:13 create_order", "orders/app/test_service.py:5 test_place_order"]],
      // By the type of a field that a parameter gives.
      ["OrderRepository.create", ["orders/app/service.py:18 OrderService.create"]],
      // By what a class is made of, beside another create.
      ["OrderService.create", ["orders/app/service.py:30 place_order"]],
      // By what a function returns.
      ["InvoiceService.create", ["billing/src/main.ts:11"]],
      // Through a barrel, a path of tsconfig.json and an alias.
      ["createInvoiceService", ["billing/src/main.ts:6 billing"]],
      ["Clock.now", ["billing/src/main.ts:11"]],
      // Through the interface it implements.
      ["MemoryStore.save", ["billing/src/lib/invoices.ts:13 InvoiceService.create"]],
      ["Memory.Reserve", ["stock/main.go:20 reserve"]],
      [
        "SmtpSender.deliver",
        [
          "mail/src/main/java/shop/mail/MailController.java:16 MailController.send",
          "mail/src/test/java/shop/mail/SmtpSenderTest.java:5 SmtpSenderTest.delivers",
        ],
      ],
      ["MailController.log", ["mail/src/main/java/shop/mail/MailController.java:17 MailController.send"]],
      ["trimAll", ["legacy/tools.js:5 report"]],
      // A module that exports one function, required under another name.
      ["formatLine", ["legacy/format.js:7", "legacy/tools.js:5 report"]],
      ["neverCalled", []],
    ])("finds who calls %s", async (symbol, expected) => {
      expect(await callers(symbol)).toEqual([...expected].sort());
    });

    it("counts all callers and gives as many as are asked for", async () => {
      const { callers: found, total } = await codebase.findCallers({ symbol: "Order", max_results: 2 });
      expect(found).toHaveLength(2);
      expect(total).toBeGreaterThan(5);
    });

    it("gives the dependencies of a file both ways, with packages and cycles", async () => {
      const service = await codebase.findDependencies({ file_path: "orders/app/service.py" });
      expect(service.imports).toEqual(
        expect.arrayContaining(["orders/app/events.py", "orders/app/models.py", "orders/app/repository.py"]),
      );
      expect(service.imported_by).toEqual(
        expect.arrayContaining(["orders/app/__init__.py", "orders/app/main.py", "orders/app/test_service.py"]),
      );
      expect(service.packages).toEqual(["httpx", "os"]);
      const billing = await codebase.findDependencies({ file_path: "billing/src/main.ts", depth: 2 });
      expect(billing.imports).toEqual(["billing/src/lib/index.ts", "billing/src/lib/store.ts"]);
      expect(billing.transitive_deps).toEqual(["billing/src/lib/clock.ts", "billing/src/lib/invoices.ts"]);
      const legacy = await codebase.findDependencies({ file_path: "legacy/format.js" });
      expect(legacy.circular_deps).toEqual([["legacy/format.js", "legacy/tools.js", "legacy/format.js"]]);
      const go = await codebase.findDependencies({ file_path: "stock/main.go" });
      expect(go.imports).toEqual(["stock/internal/store/store.go"]);
      expect((await codebase.findDependencies({ file_path: "stock/internal/store/store.go" })).imported_by).toEqual([
        "stock/main.go",
      ]);
    });

    it("knows how services reach each other", async () => {
      const { service_dependencies } = await codebase.findDependencies({ file_path: "orders/app/main.py" });
      const edges = service_dependencies.map((one) => `${one.from_service} ${one.to_service} ${one.via} ${one.detail}`);
      expect(edges).toContain("orders stock http POST /reservations");
      expect(edges).toContain("billing orders event order.created");
      const stock = await codebase.findDependencies({ file_path: "stock/main.go" });
      expect(stock.service_dependencies.map((one) => `${one.from_service} ${one.to_service} ${one.detail}`)).toContain(
        "stock billing GET /invoices/1",
      );
    });

    it("refuses a file it does not know", async () => {
      const cause = await failure(codebase.findDependencies({ file_path: "orders/app/servce.py" }));
      expect(cause.code).toBe("NOT_FOUND");
    });

    it("gives what a service offers and needs", async () => {
      const orders = await codebase.getServiceInterface({ service_name: "orders" });
      expect(orders.endpoints.map(({ method, path, handler }) => `${method} ${path} ${handler}`)).toEqual([
        "POST /orders/ create_order",
        "DELETE /orders/{order_id} forget_order",
      ]);
      expect(orders.events_published.map(({ event }) => event)).toEqual(["order.created", "order.forgotten"]);
      expect(orders.http_calls).toMatchObject([{ method: "POST", path: "/reservations", target_service: "stock" }]);
      expect(orders.environment.map(({ name, has_default }) => [name, has_default])).toEqual([
        ["ORDERS_TIMEOUT", true],
        ["STOCK_URL", false],
      ]);
      const billing = await codebase.getServiceInterface({ service_name: "billing" });
      expect(billing.endpoints).toMatchObject([{ method: "GET", path: "/invoices/:id", handler: "getInvoice" }]);
      expect(billing.events_consumed).toMatchObject([{ event: "order.created" }]);
      expect(billing.ports).toEqual([4000]);
      expect(billing.exported_symbols).toEqual(
        expect.arrayContaining(["Clock", "InvoiceService", "retryFailedPayment"]),
      );
      const mail = await codebase.getServiceInterface({ service_name: "mail" });
      expect(mail.endpoints).toMatchObject([{ method: "POST", path: "/mails/{id}", handler: "MailController.send" }]);
      const stock = await codebase.getServiceInterface({ service_name: "stock" });
      expect(stock.endpoints).toMatchObject([{ method: "POST", path: "/reservations" }]);
      expect(stock.ports).toEqual([5000]);
    });

    it("refuses a service it does not know, and names those it does", async () => {
      const cause = await failure(codebase.getServiceInterface({ service_name: "shipping" }));
      expect(cause.code).toBe("NOT_FOUND");
    });

    it("finds code by what it does", async () => {
      const found = async (query: string, more = {}) =>
        (await codebase.searchSemantic({ query, n_results: 3, ...more })).map(({ symbol_name }) => symbol_name);
      expect((await found("try a payment that failed again"))[0]).toBe("retryFailedPayment");
      expect(await found("persist an order")).toContain("OrderRepository.save");
      expect(await found("make an invoice", { language: "typescript" })).toContain("InvoiceService.create");
      const mails = await codebase.searchSemantic({ query: "send", service_name: "mail" });
      expect(mails.length).toBeGreaterThan(0);
      expect(new Set(mails.map(({ service_name }) => service_name))).toEqual(new Set(["mail"]));
      const [best] = await codebase.searchSemantic({ query: "reserve stock" });
      expect(best?.score).toBe(1);
      expect(best?.content).toContain("reserv");
    });

    it("tells dead code from what only looks so", async () => {
      const dead = await codebase.checkDeadCode({});
      const of = (symbol: string) => dead.find(({ symbol_name }) => symbol_name === symbol);
      expect(of("unused_discount")).toMatchObject({ what: "symbol", confidence: "high", service_name: "orders" });
      expect(of("neverCalled")).toMatchObject({ confidence: "high", file_path: "stock/internal/store/store.go" });
      expect(of("SmtpSender.disconnectForGood")).toBeDefined();
      expect(of("order.forgotten")).toMatchObject({ what: "event", confidence: "high" });
      expect(of("POST /mails/{id}")).toMatchObject({ what: "route" });
      const alive = [
        "create_order",
        "main",
        "reserve",
        "getInvoice",
        "place_order",
        "MailController.send",
        "SmtpSender.deliver",
        "order.created",
        "POST /reservations",
        "test_place_order",
      ];
      expect(alive.filter((symbol) => of(symbol) !== undefined)).toEqual([]);
      const own = await codebase.checkDeadCode({ service_name: "stock" });
      expect(new Set(own.map(({ service_name }) => service_name))).toEqual(new Set(["stock"]));
    });

    it("answers from the files as they are now", async () => {
      const file = join(root, "legacy", "late.js");
      writeFileSync(file, 'const { report } = require("./tools");\n\nfunction lateCaller() {\n  report([]);\n}\n');
      expect(await callers("report")).toContain("legacy/late.js:4 lateCaller");
      rmSync(file);
      expect((await callers("report")).filter((one) => one.startsWith("legacy/late.js"))).toEqual([]);
    });

    it("registers one file, also with content that is not on disk", async () => {
      const report = await codebase.registerArtifact({
        file_path: "orders/app/draft.py",
        source: "from .service import place_order\n\n\ndef draft_caller():\n    place_order('1', 2)\n",
      });
      expect(report).toMatchObject({ indexed: true, symbols_found: 1, dependencies_found: 1, errors: [] });
      expect(await callers("place_order")).toContain("orders/app/draft.py:5 draft_caller");
      const unread = await codebase.registerArtifact({ file_path: "orders/app/missing.py" });
      expect(unread.indexed).toBe(false);
      expect(unread.errors).toHaveLength(1);
      const foreign = await codebase.registerArtifact({ file_path: "orders/requirements.txt" });
      expect(foreign.indexed).toBe(false);
    });
  });
}
