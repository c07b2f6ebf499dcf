import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { runSchemathesis } from "../../../src/integrator/fuzz/fuzz.ts";
import { blamed, requestFor, startService } from "./services.ts";

const command = process.env.SCHEMATHESIS ?? "schemathesis";
const installed = spawnSync(command, ["--version"]).status === 0;

it.skipIf(!installed)(
  "the real Schemathesis' failures come as our violations (needs Schemathesis 4: SCHEMATHESIS names it; CI installs it)",
  async () => {
    const service = await startService("shop", "price-as-text,accepts-limit-0");
    const report = await runSchemathesis({ ...requestFor("shop", service.url, { max_examples: 5 }), command });
    await service.close();
    expect(report.backend).toBe("schemathesis");
    expect(blamed(report)).toContain("SCHEMA-001 GET /products/{productId}");
    const [found] = report.violations.filter(({ path }) => path === "/products/{productId}");
    expect(found?.curl).toMatch(/^curl -i -X GET 'http:\/\/127\.0\.0\.1:\d+\/products\//);
    expect(found?.response?.status).toBe(200);
    expect(report.requests).toBeGreaterThan(50);
  },
  300_000,
);

it("without it, what to do is said", async () => {
  const service = await startService("shop");
  const run = runSchemathesis({ ...requestFor("shop", service.url), command: "no-such-schemathesis" });
  await expect(run).rejects.toMatchObject({ code: "ENVIRONMENT" });
  await service.close();
});
