import assert from "node:assert/strict";
import { after, test } from "node:test";
import { healthPath } from "./cases.js";
import { request, startService } from "./support/service.js";

const service = await startService();
after(() => service.stop());

test("it is alive", async () => {
  assert.equal((await request(`${service.url}${healthPath}`)).status, 200);
});

test("the first page is there", async () => {
  const page = await request(`${service.url}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  assert.match(page.text, /<h1>/);
});

test("nothing outside the public folder is served", async () => {
  assert.equal((await request(`${service.url}/..%2fpackage.json`)).status, 404);
  assert.equal((await request(`${service.url}/src/server.js`)).status, 404);
});

test("SIGTERM ends it", async () => {
  const other = await startService();
  assert.equal(await other.stop(), 0);
});
