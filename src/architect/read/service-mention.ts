import type { OutlineService } from "../outline.ts";
import { serviceName } from "./names.ts";

/** A service as one place of the document tells it. */
export interface ServiceMention {
  service: OutlineService;
}

/** A service of which only the name is known. */
export function blankService(name: string, line: number): OutlineService {
  return {
    name: serviceName(name),
    domain: "",
    description: "",
    technology: "",
    database: null,
    message_broker: null,
    is_frontend: false,
    port: null,
    line,
  };
}

/** The port a text names, or null. */
export function portOf(text: string): number | null {
  const port = Number(/\d{2,5}/.exec(text)?.[0] ?? "0");
  return port > 0 && port < 65_536 ? port : null;
}

export const FRONTEND =
  /\b(?:angular|react(?:\.?js)?|vue(?:\.?js)?|next\.?js|nuxt(?:\.?js)?|svelte(?:kit)?|flutter|react native)\b/i;

/** Words that make a row of a component table infrastructure or a layer of one application, not a service. */
export const INFRASTRUCTURE =
  /^(?:(?:primary|main|relational|document|shared|search|vector|time-?series|api|message|event|task|job|object|file|blob|load|service|web|http|reverse|container|auth(?:entication)?|data|state|package|build|test|unit|e2e|error|log|infra)\s+)*(?:data ?bases?|db|rdbms|data ?stores?|cach(?:e|ing)|cache\/\w+|brokers?|message broker|messaging|message bus|event bus|event stream(?:ing)?|streaming|queues?|pub\/?sub|gateway|proxy|balancer|ingress|mesh|registry|discovery|orm|odm|migrations?|ci(?:\/cd)?|cd|deployment|hosting|orchestration|containers?|containeri[sz]ation|cloud|infrastructure|storage|cdn|monitoring|logging|logs|metrics|observability|tracing|telemetry|testing|tests?|runtime|language|framework|library|libraries|styling|css|ui library|ui kit|components?|design system|state management|validation|auth(?:entication|orization)?|authn|authz|security|identity provider|docs|documentation|api docs|search(?: engine)?|email|sms|payments?|secrets?|config(?:uration)?|package manager|monorepo|tooling|linting|i18n|protocol|communication|api|rest api|server|backend|back-end|http client|scheduler|engine|index)(?:\s*\(.*\))?$/i;

export const INFRA_TECH =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|rabbitmq|(?:apache )?kafka|nats|traefik|nginx|kong|envoy|docker|kubernetes|k8s|elasticsearch|opensearch|prometheus|grafana|jaeger|terraform|github actions|s3|minio|memcached|vault|consul|keycloak|aws \w+)\b/i;
