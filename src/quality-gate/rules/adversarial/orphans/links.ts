import { isCommentAt } from "../../../../source/ast.ts";
import { settingsIn } from "../../../../source/messaging/settings.ts";
import { type Traffic, trafficOf } from "../../../../source/messaging/traffic.ts";
import type { Value } from "../../../../source/messaging/value.ts";
import { HOSTS, plainName, SETTINGS } from "../../../../source/partners.ts";
import type { SourceFile } from "../../../../source/source-file.ts";
import { composeServices } from "../../docker/compose.ts";

/** What one file says of how services are connected: plain data. */
export interface Links {
  /** Names of hosts and settings that may be other services. */
  partners: Set<string>;
  /** Events and channels by name, with wildcards. */
  events: Set<string>;
  /** Whether the code serves, consumes or works on a schedule. */
  runs: boolean;
  /** Packages the file is named after or asks for. */
  provides: string | undefined;
  requires: Set<string>;
  compose: ComposeLinks[];
}

export interface ComposeLinks {
  name: string;
  /** Where it is built, relative to the file; undefined for ready-made images. */
  context: string | undefined;
  partners: Set<string>;
  /** A reverse proxy is told of it. */
  routed: boolean;
}

const CLIENTS =
  /@FeignClient\s*\(\s*(?:(?:name|value)\s*=\s*)?"([\w-]{2,60})"|getInstances\(\s*"([\w-]{2,60})"|@RegisterRestClient\s*\([^)\n]{0,80}configKey\s*=\s*"([\w-]{2,60})"|getService\w*\(\s*["']([\w-]{2,60})["']/g;
const RUNS =
  /\.listen\(|\bserve\(|uvicorn|\b(FastAPI|Flask|Starlette|Sanic|Quart|Hono|Fastify|Koa|express|fastify|Litestar)\(|app\.run\(|createServer\(|NestFactory|ListenAndServe|gin\.(Default|New)\(|echo\.New\(|fiber\.New\(|SpringApplication\.run|@SpringBootApplication|@QuarkusMain|grpc\.(NewServer|server|aio\.server)|get_[aw]sgi_application|run_app\(|KafkaConsumer\(|start_consuming|@KafkaListener|@RabbitListener|BackgroundScheduler|node-cron|cron\.New\(/;
const FILE_NAME =
  /\.(html?|md|json|ya?ml|txt|png|jpe?g|svg|css|[cm]?[jt]sx?|py|go|java|xml|csv|pdf|toml|conf|env|log|db)$/i;
const MAX_CHARACTERS = 256 * 1024;

export function linksIn(file: SourceFile): Links | undefined {
  const links: Links = {
    partners: new Set(),
    events: new Set(),
    runs: false,
    provides: undefined,
    requires: new Set(),
    compose: [],
  };
  if (file.kind === "code") readCode(file, links);
  else if (file.kind === "compose") links.compose = composeServices(file).map((service) => composeLinks(service));
  else if (file.text.length <= MAX_CHARACTERS && !readManifest(file, links)) readConfiguration(file, links);
  const { partners, events, runs, provides, requires, compose } = links;
  return partners.size + events.size + requires.size + compose.length > 0 || runs || provides !== undefined
    ? links
    : undefined;
}

function readCode(file: SourceFile, links: Links): void {
  links.runs = RUNS.test(file.text);
  for (const pattern of [HOSTS, SETTINGS, CLIENTS])
    for (const { index, 0: text, ...groups } of file.text.matchAll(pattern)) {
      const name = [groups[1], groups[2], groups[3], groups[4]].find((group) => group !== undefined);
      if (name !== undefined && links.partners.size < 500 && !isCommentAt(file, index + text.length - 1))
        links.partners.add(plainName(name));
    }
  const traffic = trafficOf(file);
  if (traffic) links.events = eventsOf(traffic);
  for (const [, module = ""] of file.text.matchAll(/^[ \t]{0,20}(?:from|import)\s+["']?([\w@./-]{2,80})/gm))
    if (links.requires.size < 300) links.requires.add(module);
  for (const [, module = ""] of file.text.matchAll(/(?:\bfrom\s{0,4}|require\(\s{0,4})["']([\w@./-]{2,80})["']/g))
    if (links.requires.size < 300) links.requires.add(module);
}

function eventsOf({ endpoints, mentions, references, calls }: Traffic): Set<string> {
  const events = new Set<string>([...references].map((name) => `constant ${name.split(".").at(-1)}`));
  const add = (value: Value | undefined) => {
    if (!value || value.every((part) => part === null)) return;
    const [only] = value;
    if (value.length === 1 && only !== null && typeof only === "object")
      events.add(`constant ${only.ref.split(".").at(-1)}`);
    else events.add(value.map((part) => (typeof part === "string" ? part : "*")).join(""));
  };
  for (const { channel, exchange } of endpoints) {
    add(channel && "value" in channel ? channel.value : undefined);
    add(exchange);
  }
  for (const { given } of calls)
    for (const one of given) if (one && "value" in one && isEventLike(one.value)) add(one.value);
  for (const name of mentions)
    if (/^[a-z][\w-]*([.:][a-z][\w-]*)+$/i.test(name) && !FILE_NAME.test(name)) events.add(name);
  return events;
}

function isEventLike(value: Value): boolean {
  const [only] = value;
  return typeof only === "string" ? /[.:]/.test(only) && !FILE_NAME.test(only) : only !== null && value.length === 1;
}

/** package.json, go.mod, pyproject.toml and pom.xml: what a folder is called, and what it asks for. */
function readManifest(file: SourceFile, links: Links): boolean {
  const { path, text } = file;
  if (/(^|\/)package\.json$/.test(path)) {
    links.provides = /"name"\s{0,4}:\s{0,4}"([^"]{1,120})"/.exec(text)?.[1];
    for (const [, name = ""] of text.matchAll(
      /"([@\w./-]{2,120})"\s{0,4}:\s{0,4}"(?:workspace:|file:|link:|[\^~]?\d|\*)/g,
    ))
      links.requires.add(name);
    return true;
  }
  if (/(^|\/)go\.mod$/.test(path)) {
    links.provides = /^module\s+(\S{1,200})/m.exec(text)?.[1];
    for (const [, name = ""] of text.matchAll(/^(?:require|replace)?[ \t]{0,8}([\w.-]{1,80}\/[\w./-]{1,120})\s/gm))
      links.requires.add(name);
    return true;
  }
  if (/(^|\/)(pyproject\.toml|setup\.py|setup\.cfg)$/.test(path)) {
    links.provides = /\bname\s{0,4}=\s{0,4}["']([^"'\n]{1,80})/.exec(text)?.[1];
    return true;
  }
  return /(^|\/)(pom\.xml|build\.gradle(\.kts)?|requirements\.txt|Dockerfile|tsconfig\.json)$/.test(path);
}

/** Proxies, gateways, .env files and the like name the services they point to. */
function readConfiguration(file: SourceFile, links: Links): void {
  if (
    !/\.(ya?ml|conf|toml|properties|env|cfg|ini|tf|hcl)$|(^|\/)\.env(\.[\w-]+)?$|nginx|Caddyfile|haproxy|envoy|traefik/i.test(
      file.path,
    )
  )
    return;
  if (/(openapi|asyncapi|swagger)[^/]*$/i.test(file.path)) return;
  const text = file.text.replace(/^[ \t]*#.*$/gm, "");
  for (const [, url, bare] of text.matchAll(HOSTS))
    if (links.partners.size < 500) links.partners.add(plainName(url ?? bare ?? ""));
  for (const name of settingsIn(file)?.keys() ?? [])
    for (const [, upper = ""] of name.matchAll(SETTINGS)) links.partners.add(plainName(upper));
}

function composeLinks({ name, get }: ReturnType<typeof composeServices>[number]): ComposeLinks {
  const build = get("build");
  const context = build?.entries.get("context")?.value ?? build?.value;
  const partners = new Set<string>();
  for (const key of ["depends_on", "links", "external_links"]) {
    const setting = get(key);
    for (const { value } of setting?.items ?? []) partners.add(plainName(String(value).split(":")[0] ?? ""));
    for (const one of setting?.entries.keys() ?? []) partners.add(plainName(one));
  }
  const environment = get("environment");
  const lines = [
    ...(environment?.items ?? []).map(({ value }) => String(value)),
    ...[...(environment?.entries ?? [])].map(([key, { value }]) => `${key}="${String(value ?? "")}"`),
  ];
  for (const [, url, bare] of lines.join("\n").matchAll(HOSTS)) partners.add(plainName(url ?? bare ?? ""));
  const labels = get("labels");
  const named = [...(labels?.items ?? []).map(({ value }) => String(value)), ...(labels?.entries.keys() ?? [])];
  return {
    name,
    context: typeof context === "string" ? context : undefined,
    partners,
    routed: named.some((label) => /traefik\.http\.routers|caddy|virtual.?host/i.test(label)),
  };
}
