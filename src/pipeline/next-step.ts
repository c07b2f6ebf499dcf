import type { RunStatus } from "../model/pipeline.ts";
import type { PipelineRecord } from "./records.ts";

/** What to do now, as one sentence that names the tool and the command. */
export function nextStep(pipeline: PipelineRecord, status: RunStatus, questions: number): string {
  const id = pipeline.id;
  const resume = `resume_pipeline with pipeline_id ${id} (super-orchestrator resume ${id})`;
  switch (status) {
    case "running":
      return `Wait: get_pipeline_status with pipeline_id ${id} and wait_seconds (super-orchestrator status ${id} --wait-seconds 60).`;
    case "waiting_for_builder":
      return (
        `Claim a build task with claim_build_task, pipeline_id ${id} (toolset builder; super-orchestrator claim ${id}), build it, hand it in ` +
        `with submit_build_result. One agent a task. get_pipeline_status with wait_seconds tells when the next one waits.`
      );
    case "waiting_for_plan":
      return (
        `Read get_architect_brief with pipeline_id ${id}, plan, and hand it in with submit_architecture ` +
        `(super-orchestrator architect-brief ${id}, submit-architecture FILE --pipeline-id ${id}).`
      );
    case "waiting_for_review":
      return (
        `Read the service map${questions > 0 ? ` and the ${questions} open questions` : ""}, then decide with review_architecture; without decision it asks the person, where the client has forms ` +
        `(super-orchestrator review approve ${id}, or review reject ${id} --feedback TEXT).`
      );
    case "paused":
      return `Go on with ${resume}.`;
    case "interrupted":
    case "stalled":
      return `Continue where it stopped with ${resume}.`;
    case "failed":
      return pipeline.context.integration_report_path === ""
        ? "Set right what the reason names and run the PRD again with run_pipeline."
        : `Correct the services in ${pipeline.output_dir}, then have them judged again with ${resume}.`;
    case "complete":
      return `The services are in ${pipeline.output_dir}; the reports say how each was verified.`;
  }
}
