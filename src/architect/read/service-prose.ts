import { leadingName } from "./document.ts";
import { gatewayRoutes } from "./gateway-routes.ts";
import { serviceName, stem } from "./names.ts";
import { NOT_A_SERVICE } from "./service-headings.ts";
import { blankService, INFRASTRUCTURE, type ServiceMention } from "./service-mention.ts";
import { cell, columnsOf } from "./tables.ts";
import { plain } from "./text.ts";
import { type Line, type Section, textLines } from "./tree.ts";

/** Owners in an owner table, and in headings such as "Order (order-service)". */
export function owningServices(sections: readonly Section[], known: readonly ServiceMention[]): ServiceMention[] {
  const stems = new Set(known.map((each) => stem(each.service.name)));
  const found: ServiceMention[] = [];
  for (const section of sections) {
    const alias = /\(([a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:service|svc))\)$/.exec(plain(section.title))?.[1];
    if (alias !== undefined) found.push({ service: blankService(alias, section.line) });
    for (const block of section.blocks) {
      if (block.kind !== "table") continue;
      const columns = columnsOf(block);
      const entity = columns.find(/^(?:entity|entities|aggregate|model|data ?model)(?: name)?$/);
      const owner = columns.find(/^(?:owning|owner|owned by)|^(?:micro)?service$/);
      if (entity < 0 || owner < 0) continue;
      for (const row of block.rows) {
        const name = leadingName(plain(cell(row, owner)));
        if (
          name !== "" &&
          !/^(?:deferred|tbd|tba|unknown|shared|all|various|multiple|open|undecided|\?+)\b/i.test(name) &&
          name.length <= 40 &&
          !/[,;]/.test(name)
        )
          found.push({ service: blankService(name, row.line) });
      }
    }
  }
  const suffixed = found.filter((each) => /-service$/.test(each.service.name)).length * 2 >= found.length;
  return found.filter(({ service }) => {
    if (/-service$/.test(service.name) || stems.has(stem(service.name))) return true;
    return known.length === 0 && !suffixed;
  });
}

/** The services that a table of gateway routes names: all where nothing else does, else those called "x-service". */
export function routedServices(sections: readonly Section[], known: readonly ServiceMention[]): ServiceMention[] {
  return gatewayRoutes(sections)
    .filter(
      ({ service }) =>
        service.length <= 40 &&
        !INFRASTRUCTURE.test(service) &&
        !/\b(?:front-?end|web|ui|spa|static|gateway)\b|[/,;]/i.test(service) &&
        (known.length === 0 || /[ -](?:service|svc)$/i.test(service) || bareNames(known)),
    )
    .map(({ service, line }) => ({ service: blankService(service, line) }));
}

/** Whether the services found so far are called "Auth", "Payment" rather than "auth-service". */
function bareNames(known: readonly ServiceMention[]): boolean {
  return known.filter((each) => /-service$/.test(each.service.name)).length * 2 < known.length;
}

const PUBLISHER =
  /^(?:(?:published|produced|emitted|sent) by|(?:publish|produc)ers?|publishing service|producing service|source service|owner|owned by|owning service)$/;

/** Publishers in tables of events and exchanges: services of a document that has no other place that lists them. */
export function publishingServices(sections: readonly Section[]): ServiceMention[] {
  const found = sections.flatMap((section) =>
    section.blocks.flatMap((block) => {
      if (block.kind !== "table") return [];
      const columns = columnsOf(block);
      const publisher = columns.find(PUBLISHER);
      const events = columns.find(/event|message|exchange|topic|queue|channel/);
      if (publisher < 0 || events < 0 || publisher === events) return [];
      return block.rows.flatMap((row) => {
        const name = leadingName(plain(cell(row, publisher)));
        return /^[\p{L}][\p{L}\p{N} _-]{1,40}$/u.test(name) && !NOT_A_SERVICE.test(name)
          ? [{ service: blankService(name, row.line) }]
          : [];
      });
    }),
  );
  const suffixed = found.filter((each) => /-service$/.test(each.service.name));
  const stems = new Set(found.map((each) => stem(each.service.name)));
  return stems.size < 2 ? [] : suffixed.length > 0 ? suffixed : found;
}

/** "the Billing Service" and `billing-service` in running text: only when nothing more explicit names services. */
export function proseServices(sections: readonly Section[]): ServiceMention[] {
  const counted = new Map<string, { found: ServiceMention; count: number }>();
  for (const section of sections)
    for (const line of [{ text: section.title, line: section.line }, ...textLines(section.blocks)])
      for (const name of proseNames(line)) {
        const id = stem(serviceName(name));
        const known = counted.get(id);
        if (known === undefined) counted.set(id, { found: { service: blankService(name, line.line) }, count: 1 });
        else known.count += 1;
      }
  return [...counted.values()].filter((each) => each.count >= 2 || counted.size >= 2).map((each) => each.found);
}

function proseNames(line: Line): string[] {
  const text = plain(line.text);
  const hyphened = [...text.matchAll(/(?<![\w/.-])[a-z][a-z0-9]*(?:-[a-z0-9]+){0,3}-(?:service|svc)(?![\w-])/g)].map(
    (match) => match[0],
  );
  const titled = [...text.matchAll(/(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}\p{N}]{1,30} ){1,3}Service(?![\p{L}\p{N}])/gu)].map(
    (match) =>
      match[0].replace(/^(?:The|A|An|Our|Each|Every|This|When|If|While|Then|Both|New|Instead|Calls?|In|By) /, ""),
  );
  return [...hyphened, ...titled].filter(
    (name) => !NOT_A_SERVICE.test(name.replaceAll("-", " ")) && name !== "Service",
  );
}
