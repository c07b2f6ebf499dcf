import { describe, expect, it } from "vitest";
import { builderConfig } from "../../src/builders/config.ts";
import { parseConfig } from "../../src/config.ts";
import { Service } from "../../src/model/service-map.ts";

const service = (over = {}) => Service.parse({ name: "orders", stack: { language: "go" }, ...over });

describe("builderConfig", () => {
  it("scopes the pipeline's configuration to one builder", () => {
    const config = parseConfig("builder: { depth: exhaustive }\nbuild1_services_dir: /opt/build1/\n", "config.yaml");
    expect(builderConfig(config, service())).toEqual({
      depth: "exhaustive",
      milestone: { enabled: true, health_gate: true, wiring_check: true },
      e2e_testing: { enabled: true, backend_api_tests: true, frontend_playwright_tests: false },
      post_orchestration_scans: { mock_data_scan: true, api_contract_scan: true },
      contract_engine: { enabled: true, server_command: "mcp-connect /opt/build1/contract_engine" },
      codebase_intelligence: { enabled: true, server_command: "mcp-connect /opt/build1/codebase_intelligence" },
    });
  });

  it("asks for browser tests of frontends, and for Build 1 services only where they are", () => {
    expect(builderConfig(parseConfig("", "config.yaml"), service({ is_frontend: true }))).toMatchObject({
      depth: "thorough",
      e2e_testing: { frontend_playwright_tests: true },
      contract_engine: { enabled: false, server_command: "" },
      codebase_intelligence: { enabled: false },
    });
  });
});
