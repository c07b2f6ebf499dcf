import { z } from "zod";
import { Depth } from "../model/pipeline.ts";
import { seconds } from "./fields.ts";

/** Who can build. */
export const BUILDERS = ["scaffold", "claude-code", "command", "agent-team", "host"] as const;

/** Who builds, and how. */
export const BuilderConfig = z
  .strictObject({
    backend: z
      .enum(["auto", ...BUILDERS])
      .default("auto")
      .describe(
        "Who builds: scaffold needs no model; claude-code and agent-team cost money; command is any program; host is agents of the calling session.",
      ),
    services: z.record(z.string(), z.enum(BUILDERS)).default({}).describe("Backend by name of service, over backend."),
    fallback: z
      .array(z.enum(BUILDERS))
      .default([])
      .describe("Who steps in, in turn, when a backend cannot do its work or ends without having changed anything."),
    max_cost: z.number().positive().default(20).describe("USD that one run may cost, within budget_limit."),
    budget_grace: z
      .number()
      .min(0)
      .max(3600)
      .default(60)
      .describe("Seconds to finish for a run that has cost all it may, unless it goes a fifth beyond."),
    env: z
      .array(z.string())
      .default([])
      .describe("Names of our environment variables that command and agent-team get; all others stay out."),
    claude_code: z
      .strictObject({
        model: z.string().default("").describe("Its own default when empty."),
        permission_mode: z
          .enum(["acceptEdits", "auto", "default", "dontAsk", "bypassPermissions"])
          .default("acceptEdits")
          .describe("What it may do unasked; what it would ask for is refused."),
        allowed_tools: z
          .array(z.string())
          .default(["Read", "Edit", "Write", "Glob", "Grep", "Bash"])
          .describe("Tools it may use, in the syntax of --allowed-tools, beside ours."),
      })
      .prefault({}),
    command: z
      .strictObject({
        run: z
          .array(z.string())
          .default([])
          .describe(
            "Program and arguments; {prompt}, {prompt_file}, {service}, {output_dir} and {attempt} are filled in. Without the first two the task comes on standard input.",
          ),
        paid: z.boolean().default(true).describe("Whether it costs money: it needs a budget_limit then."),
        cost_pattern: z
          .string()
          .default("")
          .describe(
            "Regular expression on its output whose first group is the cost in USD; the usual forms when empty.",
          ),
      })
      .prefault({}),
    agent_team: z
      .strictObject({
        python: z.string().default("python3").describe("Python in which agent_team_v15 or agent_team is installed."),
      })
      .prefault({}),
    host: z
      .strictObject({
        lease: seconds(600).describe(
          "A claim whose agent neither reports nor changes a file for this long goes back to the queue.",
        ),
        claim_timeout: seconds(86_400).describe(
          "A task that nobody claims for this long interrupts the pipeline; resuming offers it again.",
        ),
      })
      .prefault({}),
    stuck: z
      .strictObject({
        silence: z
          .number()
          .min(0)
          .default(900)
          .describe("Seconds without output and without a changed file after which a run is stuck; 0 for never."),
        same_error: z
          .number()
          .int()
          .min(0)
          .default(8)
          .describe("The same call failing in the same way so often in a row is stuck; 0 for never."),
        idle_turns: z
          .number()
          .int()
          .min(0)
          .default(60)
          .describe("So many answers of claude-code without a changed file are stuck; 0 for never."),
        nudges: z
          .number()
          .int()
          .min(0)
          .default(1)
          .describe("How often a stuck claude-code is told so in its own conversation."),
        restarts: z
          .number()
          .int()
          .min(0)
          .default(1)
          .describe("How often a stuck run is begun anew after that, before the next backend or giving up."),
      })
      .prefault({})
      .describe("When agents that build go in circles, and what is done about it."),
    backoff: z
      .strictObject({
        first: z.number().positive().default(15).describe("Seconds; doubles with each wait, half of it by chance."),
        most: z.number().positive().default(600).describe("Seconds; longer only when the API says so."),
        give_up: z.number().min(0).default(3600).describe("Seconds that one run waits in all."),
      })
      .prefault({})
      .describe("Waiting for rate limits and overloads of an agent's API, which count as no failure."),
    max_concurrent: z.number().int().min(1).max(64).default(3).describe("Builders at the same time."),
    timeout_per_builder: seconds(1800).describe("Time for one run of one builder."),
    depth: Depth.default("thorough").describe("Depth handed to agent builders."),
  })
  .prefault({});
