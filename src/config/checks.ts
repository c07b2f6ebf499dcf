import { z } from "zod";
import { Severity } from "../model/finding.ts";
import { seconds } from "./fields.ts";

/** How what was built is deployed and tested. */
export const IntegrationConfig = z
  .strictObject({
    runtime: z
      .enum(["auto", "docker", "process"])
      .default("auto")
      .describe("Where services run; auto is docker when an engine answers and can build them, else process."),
    gateway: z
      .enum(["auto", "traefik", "builtin"])
      .default("auto")
      .describe("Gateway of the docker runtime; auto is traefik when its image can be had, else builtin."),
    timeout: seconds(600).describe("Time for deploying and testing everything."),
    health_timeout: seconds(120).describe("Time for a started service to become healthy."),
    fuzz: z
      .strictObject({
        enabled: z.boolean().default(true).describe("Fuzz every service against its OpenAPI contract."),
        backend: z
          .enum(["builtin", "schemathesis"])
          .default("builtin")
          .describe("Who fuzzes; schemathesis must be on PATH."),
        max_examples: z.number().int().positive().default(20).describe("Random requests an operation, of each kind."),
        max_seconds: z.number().int().positive().default(60).describe("Time for one service."),
        seed: z.number().int().min(0).default(1).describe("Decides every made-up value."),
      })
      .prefault({})
      .describe("API fuzzing of the deployed services."),
    traefik_image: z.string().default("traefik:v3.6").describe("Gateway image of the docker runtime."),
    compose_file: z
      .string()
      .default("docker-compose.yml")
      .describe(
        "Compose file of your own for the docker runtime, relative to the project folder; generated when it is not there.",
      ),
    test_compose_file: z
      .string()
      .default("docker-compose.test.yml")
      .describe("Compose file of your own that is laid over it for tests."),
    pact: z
      .strictObject({
        states_command: z
          .array(z.string())
          .default([])
          .describe("Program, then its arguments, that arranges states for providers without a /_pact/state."),
        broker_url: z
          .string()
          .default("")
          .describe("Pact Broker whose pacts are verified too; PACT_BROKER_TOKEN is its token."),
      })
      .prefault({}),
  })
  .prefault({});

/** What the quality gate looks at, and what it lets pass. */
export const QualityGateConfig = z
  .strictObject({
    max_fix_retries: z.number().int().min(0).default(3).describe("Fix passes before the pipeline fails."),
    layer3_scanners: z
      .array(z.enum(["security", "cors", "logging", "trace", "secrets", "docker", "health"]))
      .default(["security", "cors", "logging", "trace", "secrets", "docker", "health"])
      .describe("Scanners that layer 3 runs."),
    layer4_enabled: z.boolean().default(true).describe("Adversarial review; advisory, never blocks."),
    blocking_severity: Severity.default("error").describe("Findings at or above it fail layer 3."),
    ignore: z
      .array(z.string())
      .default([])
      .describe("Paths that are not scanned, in the syntax of .gitignore, relative to the project folder."),
    rules: z
      .array(z.string())
      .default([])
      .describe("YAML files with rules of the project's own, relative to the project folder."),
  })
  .prefault({});
