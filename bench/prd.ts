/** A PRD of `count` services: each has one entity with five endpoints, and every other one publishes to its neighbour. */
export function prdOf(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `unit${index + 1}-service`);
  const entity = (index: number) => `Record${index + 1}`;
  const sections = names.map((name, index) => {
    const path = `/records${index + 1}`;
    return [
      `### ${name}`,
      `#### ${entity(index)}`,
      "",
      "| Field | Type | Constraints |",
      "|---|---|---|",
      "| id | uuid | primary key, generated |",
      "| name | string | required, max 80 |",
      "| quantity | integer | required, min 0 |",
      "| created_at | datetime | generated |",
      "",
      "Endpoints:",
      "",
      `- POST ${path} — create a ${entity(index)}`,
      `- GET ${path} — list`,
      `- GET ${path}/{id} — get one`,
      `- PUT ${path}/{id} — update`,
      `- DELETE ${path}/{id} — delete`,
    ].join("\n");
  });
  const owners = names.map((name, index) => `| ${entity(index)} | ${name} | |`);
  const events = names.flatMap((name, index) => {
    const consumer = names[index + 1];
    return index % 2 === 0 && consumer
      ? [`| record${index + 1}.created | ${name} | { id: uuid, name: string } | ${consumer} |`]
      : [];
  });
  return [
    `# PRD: ${count} units`,
    "",
    "A system of many small services, for measuring.",
    "",
    "## Technology Stack",
    "",
    "| Component | Technology | Rationale |",
    "|---|---|---|",
    ...names.map((name) => `| ${name} | Node.js 20 | keeps records |`),
    "",
    "## Entities",
    "",
    "| Entity | Owning Service | Referenced By |",
    "|---|---|---|",
    ...owners,
    "",
    "## Services",
    "",
    sections.join("\n\n"),
    "",
    "## Events",
    "",
    "| Event | Publisher | Payload | Consumers |",
    "|---|---|---|---|",
    ...events,
    "",
  ].join("\n");
}
