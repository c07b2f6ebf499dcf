import type { Context } from "../../context.ts";
import { pipelineIds } from "../../pipeline/store.ts";
import type { PromptDefinition } from "../define-resource.ts";

const pipeline = {
  name: "pipeline_id",
  description: "The pipeline; the newest one when left out.",
  required: false,
  complete: (ctx: Context) => pipelineIds(ctx.db),
};
const named = (id: string | undefined) => (id === undefined ? "the newest pipeline" : `pipeline ${id}`);

/** What people ask for most, each with the way that works. */
export const PROMPTS: readonly PromptDefinition[] = [
  {
    name: "build_prd",
    title: "Build a PRD",
    description: "Take a PRD to a working, verified system.",
    arguments: [{ name: "prd_path", description: "Markdown file of the PRD.", required: true }],
    text: ({ prd_path }) =>
      `Build the PRD in ${prd_path} with super-orchestrator.
1. Call run_pipeline with prd_path. Then call get_pipeline_status with wait_seconds 240, again and again, until it ends or needs something.
2. When it waits for a review, show me the services, the diagram and the open questions, ask me, and answer with review_architecture.
3. When it is interrupted or stalled, call resume_pipeline. When it failed, say why from its reports before you try anything else.
4. At the end tell me the gate's verdict, what was tested with which counts, what was skipped and why, and where the code is. Nothing that was skipped counts as passed.`,
  },
  {
    name: "review_architecture",
    title: "Review an architecture",
    description: "Look through the planned services and contracts before anything is built.",
    arguments: [pipeline],
    text: ({ pipeline_id }) =>
      `Review the architecture of ${named(pipeline_id)}. Read its status and its documents service_map, domain_model and questions (resources orchestrator://pipelines/{pipeline_id}/reports/…), and the PRD.
Check: every requirement of the PRD has an owner; every entity has one service; every consumed event is published; no service calls in a circle; the open questions. Show the diagram.
Then give me a short judgement and propose: approve, or reject with feedback that names services, entities and endpoints. Call review_architecture only after I decide.`,
  },
  {
    name: "fix_violations",
    title: "Fix a service's violations",
    description: "Work through what the gate found in one service.",
    arguments: [{ name: "service", description: "Name or folder of the service.", required: true }, pipeline],
    text: ({ service, pipeline_id }) =>
      `Fix the violations of ${service}${pipeline_id === undefined ? "" : ` in pipeline ${pipeline_id}`}.
1. Call run_quality_gate (${pipeline_id === undefined ? "path: the service's folder" : `pipeline_id ${pipeline_id}, then keep those of ${service}`}) and take the blocking findings in order of severity.
2. For each: run its reproduce line, read explain_code when its own fix is not enough, change the code, never the contract and never a test to make it pass.
3. Call scan_security on the folder after every few changes; at the end run the service's own tests and the gate again.
4. Tell me what is fixed, with the evidence, and what is left and why. Suppress a finding only with a reason I agreed to.`,
  },
  {
    name: "gate_before_commit",
    title: "Gate before a commit",
    description: "Judge what changed since the last commit.",
    arguments: [{ name: "path", description: "Folder; the project when left out.", required: false }],
    text: ({ path = "." }) =>
      `Before I commit, call run_quality_gate with path ${path} and changed_only true. Show each blocking finding with file, line and fix in one line; fix what is plainly wrong and run it again. Say clearly what was skipped. Do not commit.`,
  },
  {
    name: "explain_failed_pipeline",
    title: "Explain a failed pipeline",
    description: "Find out why a pipeline failed and what to do.",
    arguments: [pipeline],
    text: ({ pipeline_id }) =>
      `Explain why ${named(pipeline_id)} failed. Read its status, its events, the gate and integration reports, and the last lines of the logs of the services involved (resources under orchestrator://pipelines/{pipeline_id}).
Say in this order: the cause in one sentence; the evidence (state, code, service, log line); whether it is the PRD's, a builder's or the machine's fault; the next call to make (resume_pipeline, a change of the configuration or the PRD) and what it will do. Guess nothing that the records do not show.`,
  },
];
