import type { ResourceDefinition } from "../define-resource.ts";
import { codeExplained, codeList } from "./codes.ts";
import {
  pipelineContract,
  pipelineEvents,
  pipelineList,
  pipelineLog,
  pipelineReport,
  pipelineStatusResource,
} from "./pipelines.ts";
import { toolExplained } from "./tools.ts";

/** Every resource; the more exact templates first. */
export const RESOURCES: readonly ResourceDefinition[] = [
  pipelineList,
  codeList,
  pipelineEvents,
  pipelineReport,
  pipelineLog,
  pipelineContract,
  pipelineStatusResource,
  codeExplained,
  toolExplained,
];
