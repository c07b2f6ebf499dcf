import { z } from "zod";

/** Service names are DNS labels: they become host names, folders and route prefixes. */
export const ServiceName = z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and hyphens");

export const Stack = z.object({
  language: z.string(),
  framework: z.string().nullable().default(null),
  database: z.string().nullable().default(null),
  message_broker: z.string().nullable().default(null),
});
export type Stack = z.infer<typeof Stack>;

/** One service of the system (specification 3.1 ServiceInfo; Build 1 Service). */
export const Service = z.object({
  name: ServiceName,
  domain: z.string().default(""),
  description: z.string().default(""),
  stack: Stack,
  /** Lines of code, 500 per owned entity, at least 100. */
  estimated_loc: z.number().int().default(100),
  owns_entities: z.array(z.string()).default([]),
  /** Contract labels, `<service>-api` and `<service>-events`. */
  provides_contracts: z.array(z.string()).default([]),
  consumes_contracts: z.array(z.string()).default([]),
  is_frontend: z.boolean().default(false),
  /** Port inside its container; the process runtime picks a free one instead. */
  port: z.number().int().default(8080),
  health_endpoint: z.string().default("/health"),
  /** Services it calls synchronously. */
  depends_on: z.array(ServiceName).default([]),
  events_published: z.array(z.string()).default([]),
  events_subscribed: z.array(z.string()).default([]),
});
export type Service = z.infer<typeof Service>;

/** The system's services (Build 1 ServiceMap). */
export const ServiceMap = z.object({
  project_name: z.string(),
  services: z.array(Service).min(1),
  /** ISO 8601. */
  generated_at: z.string(),
  /** SHA-256 of the PRD text. */
  prd_hash: z.string(),
  build_cycle_id: z.string().nullable().default(null),
});
export type ServiceMap = z.infer<typeof ServiceMap>;

/** The route prefix of a service at the gateway: Traefik and the built-in gateway strip it. */
export function routePrefix(service: string): string {
  return `/api/${service}`;
}

/** The environment variable in which a service finds another one's base URL, e.g. ACCOUNTS_SERVICE_URL. */
export function urlVariable(service: string): string {
  return `${service.toUpperCase().replaceAll("-", "_")}_URL`;
}
