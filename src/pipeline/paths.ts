import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DIAGRAM_FILE } from "../model/plan.ts";

/** The folder of a project in which everything of ours lives. */
export function stateDir(workspace: string): string {
  return join(workspace, ".super-orchestrator");
}

const IGNORED = `# State of super-orchestrator: nothing here but the configuration belongs into version control.
*
!.gitignore
!config.yaml
`;

/** Make the state folder, which keeps itself out of version control. What is there stays as it is. */
export function makeStateDir(workspace: string): string {
  const folder = stateDir(workspace);
  const file = join(folder, ".gitignore");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, IGNORED);
  return folder;
}

export function databasePath(workspace: string): string {
  return join(stateDir(workspace), "state.db");
}

/** Where a pipeline keeps what: absolute paths. */
export function pipelinePaths(workspace: string, id: string) {
  const root = join(stateDir(workspace), "pipelines", id);
  return {
    workspace,
    root,
    prd: join(root, "PRD.md"),
    serviceMap: join(root, "service-map.json"),
    domainModel: join(root, "domain-model.json"),
    questions: join(root, "questions.json"),
    submission: join(root, "submission.json"),
    diagram: join(root, DIAGRAM_FILE),
    contracts: join(root, "contracts"),
    registry: join(root, "CONTRACTS.json"),
    integrationReport: join(root, "integration-report.json"),
    gateReport: join(root, "quality-gate-report.json"),
    previousGateReport: join(root, "quality-gate-report.previous.json"),
    fixReport: join(root, "fix-report.json"),
    fixReportText: join(root, "fix-report.md"),
    gatePage: join(root, "quality-gate-report.html"),
    logs: join(root, "logs"),
    driverLog: join(root, "logs", "driver.log"),
  };
}
export type PipelinePaths = ReturnType<typeof pipelinePaths>;
