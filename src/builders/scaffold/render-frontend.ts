import type { Contract } from "../../model/contract.ts";
import { routePrefix, type Service } from "../../model/service-map.ts";
import { operationsOf } from "./operations.ts";
import { comment, literal } from "./source.ts";

/** `src/routes.js` of a service without an API of its own: its health and its files. */
export function renderFrontendRoutes(service: Service): string {
  return `import { health } from "./health.js";
import { file } from "./static.js";

/** Where requests go. */
export function routes(app) {
  app.get(${literal(service.health_endpoint)}, health);
  app.get("/", file("index.html"));
  app.get("/style.css", file("style.css"));
}
`;
}

/** The first page: what the system offers, by service, with nothing that is not there. */
export function renderIndexPage(service: Service, consumed: Contract[]): string {
  const apis = consumed.filter(({ type }) => type === "openapi");
  const sections = apis.map(
    ({ service_name, spec }) => `    <section>
      <h2>${escaped(service_name)}</h2>
      <ul>
${operationsOf(spec)
  .map(
    ({ method, path, summary }) =>
      `        <li><code>${method} ${escaped(routePrefix(service_name) + path)}</code> ${escaped(comment(summary))}</li>`,
  )
  .join("\n")}
      </ul>
    </section>`,
  );
  const none = "    <p>No interfaces were described to this page.</p>";
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(service.name)}</title>
    <link rel="stylesheet" href="style.css">
  </head>
  <body>
    <h1>${escaped(service.name)}</h1>
    <p>${escaped(comment(service.description))}</p>
${sections.length > 0 ? sections.join("\n") : none}
  </body>
</html>
`;
}

export const STYLE = `body {
  max-width: 60rem;
  margin: 2rem auto;
  padding: 0 1rem;
  font-family: system-ui, sans-serif;
  line-height: 1.5;
}
code {
  background: #f2f2f2;
  padding: 0.1rem 0.3rem;
}
`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
