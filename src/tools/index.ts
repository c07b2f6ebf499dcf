import { buildPipeline } from "./build-pipeline.ts";
import { cancelPipeline } from "./cancel-pipeline.ts";
import { checkBreakingChanges } from "./check-breaking-changes.ts";
import { checkDeadCode } from "./check-dead-code.ts";
import { checkHealthTool } from "./check-health.ts";
import { claimBuildTask } from "./claim-build-task.ts";
import { createBaseline } from "./create-baseline.ts";
import { decideContractChange } from "./decide-contract-change.ts";
import type { AnyTool } from "./define-tool.ts";
import { deployServices } from "./deploy-services.ts";
import { enableToolset } from "./enable-toolset.ts";
import { explainCode } from "./explain-code.ts";
import { findCallers } from "./find-callers.ts";
import { findDefinition } from "./find-definition.ts";
import { findDependencies } from "./find-dependencies.ts";
import { generateCompose } from "./generate-compose.ts";
import { generateTests } from "./generate-tests.ts";
import { getArchitectBrief } from "./get-architect-brief.ts";
import { getBuilderLog } from "./get-builder-log.ts";
import { getContract } from "./get-contract.ts";
import { getContractsForService } from "./get-contracts-for-service.ts";
import { getDomainModel } from "./get-domain-model.ts";
import { getPipelineStatus } from "./get-pipeline-status.ts";
import { getServiceInterface } from "./get-service-interface.ts";
import { getServiceLogs } from "./get-service-logs.ts";
import { getServiceMap } from "./get-service-map.ts";
import { getUnimplementedContracts } from "./get-unimplemented-contracts.ts";
import { indexCodebase } from "./index-codebase.ts";
import { initPipeline } from "./init-pipeline.ts";
import { integratePipeline } from "./integrate-pipeline.ts";
import { listCodes } from "./list-codes.ts";
import { listContractChanges } from "./list-contract-changes.ts";
import { listContracts } from "./list-contracts.ts";
import { listPipelines } from "./list-pipelines.ts";
import { markImplemented } from "./mark-implemented.ts";
import { planArchitecture } from "./plan-architecture.ts";
import { planPipeline } from "./plan-pipeline.ts";
import { proposeContractChange } from "./propose-contract-change.ts";
import { registerArtifact } from "./register-artifact.ts";
import { registerContract } from "./register-contract.ts";
import { reportBuildProgress } from "./report-build-progress.ts";
import { restartService } from "./restart-service.ts";
import { resumePipeline } from "./resume-pipeline.ts";
import { reviewArchitecture } from "./review-architecture.ts";
import { runCrossServiceTests } from "./run-cross-service-tests.ts";
import { runPipeline } from "./run-pipeline.ts";
import { runQualityGate } from "./run-quality-gate.ts";
import { scanSecurity } from "./scan-security.ts";
import { searchSemantic } from "./search-semantic.ts";
import { stopServices } from "./stop-services.ts";
import { submitArchitecture } from "./submit-architecture.ts";
import { submitBuildResult } from "./submit-build-result.ts";
import { testBoundaries } from "./test-boundaries.ts";
import { testContracts } from "./test-contracts.ts";
import { traceDataFlow } from "./trace-data-flow.ts";
import { validateEndpoint } from "./validate-endpoint.ts";
import { verifyPactsTool } from "./verify-pacts.ts";
import { verifyPipeline } from "./verify-pipeline.ts";
/** Every tool, in the order people meet them: the list that the MCP server, the command line and the docs render. */
export const TOOLS: readonly AnyTool[] = [
  runPipeline,
  getPipelineStatus,
  reviewArchitecture,
  resumePipeline,
  cancelPipeline,
  listPipelines,
  enableToolset,
  initPipeline,
  planPipeline,
  buildPipeline,
  integratePipeline,
  verifyPipeline,
  runQualityGate,
  scanSecurity,
  explainCode,
  listCodes,
  createBaseline,
  planArchitecture,
  getServiceMap,
  getDomainModel,
  getContractsForService,
  getArchitectBrief,
  submitArchitecture,
  claimBuildTask,
  reportBuildProgress,
  submitBuildResult,
  getBuilderLog,
  checkBreakingChanges,
  listContracts,
  getContract,
  registerContract,
  validateEndpoint,
  generateTests,
  getUnimplementedContracts,
  markImplemented,
  proposeContractChange,
  decideContractChange,
  listContractChanges,
  findDefinition,
  findCallers,
  findDependencies,
  searchSemantic,
  getServiceInterface,
  checkDeadCode,
  registerArtifact,
  indexCodebase,
  testContracts,
  verifyPactsTool,
  traceDataFlow,
  checkHealthTool,
  runCrossServiceTests,
  testBoundaries,
  generateCompose,
  deployServices,
  stopServices,
  getServiceLogs,
  restartService,
];
