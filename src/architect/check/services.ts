import type { Plan } from "../../model/plan.ts";
import { cycles } from "../plan/service-map.ts";
import { type Complain, notAmong, repeated } from "./fault.ts";

/** RFC 1123 section 2.1, and beginning with a letter because names also become identifiers. */
const DNS_LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names are DNS labels and unique; what services depend on exists; no service waits for itself in a circle. */
export function checkServices({ service_map: { services } }: Plan, complain: Complain): void {
  const names = services.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (!DNS_LABEL.test(name))
      complain(
        `service ${name}`,
        ["service_map", "services", index, "name"],
        `${name} is no DNS label: lower-case letters, digits and hyphens, from a letter to a letter or digit, at most 63.`,
      );
  for (const [name, index] of repeated(names))
    complain(
      `service ${name}`,
      ["service_map", "services", index, "name"],
      `There are two services with the name ${name}.`,
    );
  for (const [index, { name, depends_on }] of services.entries())
    for (const [at, other] of depends_on.entries()) {
      const place = ["service_map", "services", index, "depends_on", at];
      if (other === name) complain(`service ${name}`, place, `${name} depends on itself.`);
      else if (!names.includes(other))
        complain(`service ${name}`, place, `${name} depends on ${other}, which ${notAmong("service", names)}.`);
    }
  for (const cycle of cycles(services.filter(({ name, depends_on }) => !depends_on.includes(name)))) {
    const index = names.indexOf(cycle[0] ?? "");
    complain(
      "dependencies",
      ["service_map", "services", index, "depends_on"],
      `None of ${[...cycle, cycle[0] ?? ""].join(" → ")} can start before the others: let one of them react to an event instead of calling.`,
    );
  }
}
