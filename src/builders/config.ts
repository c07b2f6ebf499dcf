import type { Depth } from "../model/pipeline.ts";
import type { Service } from "../model/service-map.ts";

/** The part of the pipeline's configuration that builders are told of. */
export interface BuilderSettings {
  builder: { depth: Depth };
  build1_services_dir: string;
}

/**
 * The configuration one builder gets, scoped from the pipeline's (specification 11.4). The Build 1 services are only
 * switched on when the configuration says where they are; browser tests only for what a browser shows.
 */
export function builderConfig(config: BuilderSettings, service: Service): Record<string, unknown> {
  return {
    depth: config.builder.depth,
    milestone: { enabled: true, health_gate: true, wiring_check: true },
    e2e_testing: {
      enabled: true,
      backend_api_tests: true,
      frontend_playwright_tests: service.is_frontend,
    },
    post_orchestration_scans: { mock_data_scan: true, api_contract_scan: true },
    contract_engine: buildOneService(config, "contract_engine"),
    codebase_intelligence: buildOneService(config, "codebase_intelligence"),
  };
}

function buildOneService(config: BuilderSettings, name: string): { enabled: boolean; server_command: string } {
  const folder = config.build1_services_dir.replace(/[/\\]+$/, "");
  if (folder === "") return { enabled: false, server_command: "" };
  return { enabled: true, server_command: `mcp-connect ${folder}/${name}` };
}
