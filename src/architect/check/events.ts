import type { Plan } from "../../model/plan.ts";
import { type Complain, repeated } from "./fault.ts";

/** Every event that is consumed is published by somebody. */
export function checkEvents({ service_map: { services } }: Plan, complain: Complain): void {
  const published = new Set(services.flatMap((service) => service.events_published));
  for (const [index, { name, events_subscribed, events_published }] of services.entries()) {
    for (const [at, event] of events_subscribed.entries())
      if (!published.has(event))
        complain(
          `event ${event}`,
          ["service_map", "services", index, "events_subscribed", at],
          `Nobody publishes ${event}, which ${name} consumes.`,
        );
    for (const [key, events] of Object.entries({ events_published, events_subscribed }))
      for (const [event, at] of repeated(events))
        complain(
          `event ${event}`,
          ["service_map", "services", index, key, at],
          `${event} is in ${key} of ${name} twice.`,
        );
  }
}
