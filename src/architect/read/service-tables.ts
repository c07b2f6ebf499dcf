import type { OutlineService } from "../outline.ts";
import { leadingName } from "./document.ts";
import { blankService, FRONTEND, INFRA_TECH, INFRASTRUCTURE, portOf, type ServiceMention } from "./service-mention.ts";
import { cell, columnsOf } from "./tables.ts";
import { plain } from "./text.ts";
import type { Section, TableBlock } from "./tree.ts";

/** Rows of service tables and of component tables, without infrastructure and layers of one application. */
export function tabledServices(sections: readonly Section[]): ServiceMention[] {
  return sections.flatMap((section) =>
    section.blocks.flatMap((block) => (block.kind === "table" ? fromTable(block, section) : [])),
  );
}

const DESCRIBES =
  /^(?:tech(?:nolog(?:y|ies))?(?: stack)?|stack|tech\/stack|language|framework|runtime|responsibilit(?:y|ies)|description|purpose|role|domain|port|database|owns|entities|owned (?:entities|data)|rationale|bounded context|what it does|summary|scope|owner of|key (?:entities|responsibilities))/;

function fromTable(table: TableBlock, section: Section): ServiceMention[] {
  const columns = columnsOf(table);
  const nameColumn = columns.find(/^(?:(?:micro)?service(?: name)?|component|module|application|app|worker|name)$/);
  const describing = columns.header.filter((header, index) => index !== nameColumn && DESCRIBES.test(header));
  if (nameColumn !== 0 && !(nameColumn === 1 && /^(?:#|no\.?|id|port)$/.test(columns.header[0] ?? ""))) return [];
  if (describing.length === 0) return [];
  const explicit =
    /service|worker/.test(columns.header[nameColumn] ?? "") || /\bservices\b/i.test(plain(section.title));
  const technology = columns.find(/^(?:tech|stack|language|framework|runtime)/);
  const rows = table.rows.filter(
    (row) => !isInfrastructure(plain(cell(row, nameColumn)), plain(cell(row, technology))),
  );
  const serviceLike = rows.filter((row) =>
    /(?:service|svc|worker|frontend)$/i.test(leadingName(plain(cell(row, nameColumn)))),
  );
  if (
    !explicit &&
    (technology < 0 || (serviceLike.length === 0 && (rows.length < 3 || rows.length < table.rows.length / 2)))
  )
    return [];
  const accepted =
    explicit || serviceLike.length < 2
      ? rows
      : rows.filter((row) => serviceLike.includes(row) || isFrontendRow(row, nameColumn, technology));
  if (!explicit && !accepted.some((row) => !isFrontendRow(row, nameColumn, technology))) return [];
  const used = { nameColumn, technology };
  return accepted
    .map((row) => ({ service: fromRow(row, columns, used) }))
    .filter((each) => each.service.name !== "unnamed");
}

function isFrontendRow(row: { cells: string[] }, name: number, technology: number): boolean {
  return (
    /\b(?:front-?end|web ?(?:app|client|ui)|ui|mobile(?: app)?|dashboard|portal)\b/i.test(plain(cell(row, name))) ||
    FRONTEND.test(cell(row, technology))
  );
}

function isInfrastructure(name: string, technology: string): boolean {
  const bare = name.replace(/[_-]+/g, " ").trim();
  if (bare === "" || bare.length > 60) return true;
  if (/\bservice$/i.test(bare)) return /^(?:external|third.party|cloud)\b/i.test(bare);
  return (
    INFRASTRUCTURE.test(bare) ||
    INFRA_TECH.test(bare) ||
    (INFRA_TECH.test(technology) && /\b(?:db|database|cache|broker|queue|bus|gateway|store|storage)\b/i.test(bare))
  );
}

function fromRow(
  row: { cells: string[]; line: number },
  columns: ReturnType<typeof columnsOf>,
  used: { nameColumn: number; technology: number },
): OutlineService {
  const text = (pattern: RegExp) => plain(cell(row, columns.find(pattern, [used.nameColumn])));
  const name = leadingName(plain(cell(row, used.nameColumn)));
  const service = blankService(name, row.line);
  const technology = plain(cell(row, used.technology));
  const description =
    text(/^(?:responsib|description|purpose|rationale|role|what|summary|scope|key resp)/) || text(/^owns$/);
  return {
    ...service,
    technology,
    description,
    domain: text(/^(?:domain|bounded context)/),
    database: text(/^(?:database|data ?store|storage|db)\b/) || null,
    message_broker: text(/broker|messag/) || null,
    port: portOf(text(/\bport\b/)),
    is_frontend: isFrontendRow(row, used.nameColumn, used.technology),
  };
}
