import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { sample } from "../../src/sample.js";
import { resolve } from "../../src/schema.js";

/** An id that no neighbour knows. */
export const UNKNOWN_ID = "00000000-0000-4000-8000-00000000dead";

/**
 * The other services, played by one small server: it answers as their contracts say, knows every id but UNKNOWN_ID, and
 * keeps what it was sent. Events arrive at `/events`.
 */
export async function startNeighbours(consumed) {
  const contracts = consumed.map((name) => ({ name, document: readContract(name) }));
  const requests = [];
  const server = createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, url, headers } = incoming;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString("utf8") });
    const { status, body } = url.includes(UNKNOWN_ID) ? { status: 404 } : answerOf(contracts, method, url);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${server.address().port}`;
  const variable = (name) => `${name.toUpperCase().replaceAll("-", "_")}_URL`;
  return {
    requests,
    eventsUrl: `${base}/events`,
    environment: Object.fromEntries(consumed.map((name) => [variable(name), `${base}/${name}`])),
    stop: () => new Promise((done) => server.close(done)),
  };
}

function readContract(name) {
  return JSON.parse(readFileSync(new URL(`../../contracts/consumed/${name}.openapi.json`, import.meta.url), "utf8"));
}

function answerOf(contracts, method, url) {
  if (url === "/events") return { status: 202 };
  const { pathname } = new URL(url, "http://localhost");
  const contract = contracts.find(({ name }) => pathname.startsWith(`/${name}/`));
  const path = pathname.slice((contract?.name.length ?? 0) + 1);
  const template = Object.keys(contract?.document.paths ?? {}).find((one) => matches(one, path));
  const operation = contract?.document.paths[template]?.[method.toLowerCase()];
  if (operation === undefined) return { status: 404 };
  const status = Object.keys(operation.responses).find((one) => /^2\d\d$/.test(one)) ?? "200";
  const response = resolve(contract.document, operation.responses[status]);
  const schema = response.content?.["application/json"]?.schema;
  return { status: Number(status), body: schema && status !== "204" ? sample(contract.document, schema) : undefined };
}

function matches(template, path) {
  const parts = template.split("/");
  const given = path.split("/");
  return parts.length === given.length && parts.every((part, index) => part.includes("{") || part === given[index]);
}
