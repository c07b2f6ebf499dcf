import { importsOf } from "../../../source/imports.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import { composeServices } from "../docker/compose.ts";
import { buildOf } from "../docker/dockerfile.ts";

/** Modules that send the trace context with every HTTP call of the process, once they are loaded. */
const SCRIPT_MODULES =
  "@opentelemetry/(?:auto-instrumentations-\\w+|sdk-node|instrumentation(?:-http|-undici|-fetch|-xml-http-request)?)|dd-trace|elastic-apm-node|newrelic|@sentry/(?:node|bun|nestjs|nextjs)|@google-cloud/trace-agent|applicationinsights|@azure/monitor-opentelemetry|@vercel/otel|aws-xray-sdk(?:-core)?|@honeycombio/opentelemetry-node|@splunk/otel|@appsignal/nodejs|@logfire/node";
const PYTHON_MODULES =
  /^(opentelemetry\.instrumentation\.(requests|httpx|aiohttp_client|urllib3?|auto_instrumentation)|ddtrace|elasticapm|newrelic|sentry_sdk|logfire|aws_xray_sdk|azure\.monitor\.opentelemetry|scout_apm)\b/;
const GO_CALLS =
  /\b(otelhttp\.(NewTransport|DefaultClient|Get|Post|PostForm|Head)|apmhttp\.Wrap(Client|RoundTripper)|httptrace\.Wrap(Client|RoundTripper)|newrelic\.NewRoundTripper|xray\.(Client|RoundTripper)|sentryhttpclient\.)/;
const SCRIPT_IMPORT = new RegExp(`^(?:${SCRIPT_MODULES})(?:/|$)`);

const IN_PACKAGE_JSON = new RegExp(`"(?:${SCRIPT_MODULES})"\\s*:`);
const IN_REQUIREMENTS =
  /(^|["'\s])(opentelemetry-(distro|instrumentation-(requests|httpx|aiohttp-client|urllib3?))|ddtrace|elastic-apm|newrelic|sentry-sdk|logfire|aws-xray-sdk|azure-monitor-opentelemetry|scout-apm)\b(?!-)/m;
const IN_BUILD =
  /opentelemetry-(spring-boot-starter|javaagent|spring-boot)|micrometer-tracing|spring-cloud-(starter-)?(sleuth|zipkin)|zipkin-reporter-brave|brave-instrumentation|quarkus-opentelemetry|dd-(java-agent|trace-api)|(elastic-apm|apm)-agent|newrelic-(agent|api)|applicationinsights-(agent|runtime-attach)|skywalking-agent/;
const IN_COMMANDS = new RegExp(
  `opentelemetry-instrument\\b|ddtrace-run|newrelic-admin|-javaagent:\\S*(?:opentelemetry|dd-java|datadog|apm|newrelic|applicationinsights|skywalking)|(?:-r|--require|--import)[= ]\\S*(?:${SCRIPT_MODULES})|(?:${SCRIPT_MODULES})/(?:register|init|start)`,
);

const AGENT =
  /(opentelemetry|otel|elastic-apm|apm|datadog|dd-java|newrelic|applicationinsights|skywalking)[\w.-]{0,20}-?agent/i;

/** What a file says of instrumentation. */
export interface Automatic {
  /** The service that owns the file is instrumented. */
  owner: boolean;
  /** Names of services that a Compose file starts with instrumentation. */
  named: string[];
}

/** Whether a file loads, depends on, or starts with instrumentation of HTTP clients. */
export function automaticIn(file: SourceFile): Automatic {
  if (file.kind === "compose") return { owner: false, named: instrumentedServices(file) };
  return { owner: isInstrumented(file), named: [] };
}

function isInstrumented(file: SourceFile): boolean {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1).toLowerCase();
  switch (file.kind) {
    case "code":
      return codeIsInstrumented(file);
    case "dockerfile": {
      if (!IN_COMMANDS.test(file.text) && !/-javaagent:/.test(file.text)) return false;
      const texts = buildOf(file).stages.flatMap(({ instructions }) =>
        instructions.map((instruction) => instruction.getTextContent()),
      );
      // COPY opentelemetry-javaagent.jar /agent.jar, and -javaagent:/agent.jar below it.
      const agent = texts.some((text) => /-javaagent:/.test(text)) && texts.some((text) => AGENT.test(text));
      return agent || texts.some((text) => IN_COMMANDS.test(text));
    }
    default:
      if (name === "package.json") return IN_PACKAGE_JSON.test(file.text) || IN_COMMANDS.test(file.text);
      if (/^(requirements[\w.-]*\.txt|pyproject\.toml|pipfile|setup\.(cfg|py))$/.test(name))
        return IN_REQUIREMENTS.test(file.text.replace(/#.*/g, ""));
      if (/^(pom\.xml|build\.gradle(\.kts)?|libs\.versions\.toml)$/.test(name)) return IN_BUILD.test(file.text);
      return /^procfile$|\.(sh|bash)$/.test(name) && IN_COMMANDS.test(file.text.replace(/^[ \t]*#.*/gm, ""));
  }
}

function codeIsInstrumented(file: SourceFile): boolean {
  if (file.language === "java") return false;
  if (
    !/opentelemetry|otelhttp|apmhttp|httptrace|dd-?trace|trace-agent|elastic-?apm|newrelic|sentry|applicationinsights|xray|logfire|scout_apm|@vercel\/otel|splunk\/otel|appsignal/i.test(
      file.text,
    )
  )
    return false;
  const tree = file.tree();
  if (!tree) return false;
  if (file.language === "go") return GO_CALLS.test(file.text);
  const modules = [...importsOf(tree, file.language).values()].map(({ module }) => module);
  if (file.language === "python") return modules.some((module) => PYTHON_MODULES.test(module));
  // import "dd-trace/init"; require("elastic-apm-node").start()
  const loaded = [
    ...file.text.matchAll(/^[ \t]*(?:import[ \t]+|(?:\w{1,60}[ \t]*=[ \t]*)?require\()["']([^"'\n]{1,80})["']/gm),
  ];
  return [...modules, ...loaded.map(([, module = ""]) => module)].some((module) => SCRIPT_IMPORT.test(module));
}

function instrumentedServices(file: SourceFile): string[] {
  if (!IN_COMMANDS.test(file.text)) return [];
  return composeServices(file).flatMap(({ name, get }) => {
    const settings = ["environment", "command", "entrypoint"].map(get);
    const texts = settings.flatMap((setting) => [
      ...(setting?.items ?? []).map(({ value }) => String(value)),
      ...[...(setting?.entries.values() ?? [])].map(({ value }) => String(value)),
    ]);
    return texts.some((text) => IN_COMMANDS.test(text)) ? [name] : [];
  });
}
