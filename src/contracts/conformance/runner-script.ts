/** What every generated JavaScript test file ends with: the runner, and a validator for the schemas above it. */
export const SCRIPT_RUNNER = String.raw`const BASE_URL = baseUrl().replace(/\/+$/, "");
const BOUNDARY = "contract-test-5f0c2d81";
const AUTH_TOKEN = process.env.AUTH_TOKEN ?? "";

for (const one of CASES) {
  const needsToken = JSON.stringify(one.request).includes("{AUTH_TOKEN}");
  define(one.name, needsToken && AUTH_TOKEN === "" ? "AUTH_TOKEN is not set" : false, () => run(one));
}

async function run({ operation, request, expect }) {
  if (BASE_URL === "") throw new Error("Set BASE_URL to where the service is, e.g. http://localhost:8080");
  const filled = (text) => text.replaceAll("{AUTH_TOKEN}", AUTH_TOKEN);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, filled(value)]));
  const init = { method: request.method, headers, redirect: "manual" };
  if ("body" in request) init.body = bodyText(request, headers);
  const response = await fetch(BASE_URL + filled(request.path), init);
  const text = await response.text();
  const status = String(response.status);
  const accepted = expect.status.some((one) => matches(one, status));
  if (!accepted) throw new Error("status " + status + ", expected " + expect.status.join(" or ") + "; the answer: " + text.slice(0, 500));
  checkAnswer(ANSWERS[operation] ?? {}, response, text, request.method);
}

function matches(pattern, status) {
  return pattern === status || (/^[1-5]XX$/.test(pattern) && pattern[0] === status[0]);
}

function bodyText({ body, parts = {} }, headers) {
  const type = headers["content-type"] ?? "";
  const isMultipart = type.startsWith("multipart/form-data");
  if (!isMultipart && !type.startsWith("application/x-www-form-urlencoded")) return JSON.stringify(body);
  const fields = Object.entries(body).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [name, typeof each === "string" ? each : JSON.stringify(each)]),
  );
  if (!isMultipart) return new URLSearchParams(fields).toString();
  headers["content-type"] = type + "; boundary=" + BOUNDARY;
  const quoted = (text) => '"' + text.replace(/["\r\n]/g, encodeURIComponent) + '"';
  const written = fields.map(([name, text]) => {
    const { content_type, filename } = parts[name] ?? {};
    const disposition = "form-data; name=" + quoted(name) + (filename === undefined ? "" : "; filename=" + quoted(filename));
    const typed = content_type === undefined ? "" : "Content-Type: " + content_type + "\r\n";
    return "--" + BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n" + typed + "\r\n" + text + "\r\n";
  });
  return written.join("") + "--" + BOUNDARY + "--\r\n";
}

function checkAnswer(answers, response, text, method) {
  const status = String(response.status);
  const documented = answers[status] ?? answers[status[0] + "XX"] ?? answers.DEFAULT;
  if (documented === undefined || method === "HEAD" || status === "204" || status === "304") return;
  const types = Object.keys(documented);
  if (types.length === 0) return;
  const type = (response.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  const used = types.find((one) => one.split(";")[0].trim() === type) ??
    types.find((one) => one.endsWith("/*") && one !== "*/*" && type.startsWith(one.slice(0, -1))) ?? types.find((one) => one === "*/*");
  if (used === undefined) throw new Error("media type " + (type || "missing") + ", expected " + types.join(" or "));
  if (!/json$/.test(type) || documented[used] === null) return;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("the body says it is JSON and is not: " + text.slice(0, 200));
  }
  const schema = SCHEMAS[documented[used]];
  const faults = validate(schema, value, "", schema);
  if (faults.length > 0) throw new Error("the body of status " + status + " does not fit its schema: " + faults.slice(0, 5).join("; "));
}

function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

const FORMATS = {
  "date-time": /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/,
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  email: /^[^\s@]+@[^\s@]+$/,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/,
  uri: /^[a-z][a-z0-9+.-]*:\S*$/i,
};

function pattern(text) {
  try {
    return new RegExp(text, "u");
  } catch {
    return new RegExp(text);
  }
}

/** Faults of a value by a JSON Schema (2020-12), each as "pointer: what is wrong". */
function validate(schema, value, at, root) {
  if (schema === true) return [];
  if (schema === false) return [(at || "the body") + ": is not allowed"];
  const faults = [];
  const say = (what) => faults.push((at || "the body") + ": " + what);
  const inner = (part, one, where) => faults.push(...validate(part, one, where, root));
  const fits = (part, one = value) => validate(part, one, at, root).length === 0;
  if (schema.$ref) inner(schema.$ref === "#" ? root : root.$defs[schema.$ref.split("/").pop()], value, at);
  const type = typeOf(value);
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    if (!types.includes(type) && !(type === "integer" && types.includes("number"))) say("is " + type + ", not " + types.join(" or "));
  }
  if (schema.enum && !schema.enum.some((one) => same(one, value))) say("is none of " + JSON.stringify(schema.enum).slice(0, 200));
  if ("const" in schema && !same(schema.const, value)) say("is not " + JSON.stringify(schema.const));
  for (const part of schema.allOf ?? []) inner(part, value, at);
  if (schema.anyOf && !schema.anyOf.some((part) => fits(part))) say("fits none of the alternatives");
  if (schema.oneOf && schema.oneOf.filter((part) => fits(part)).length !== 1) say("does not fit exactly one alternative");
  if (schema.not !== undefined && fits(schema.not)) say("fits what it must not");
  if (schema.if !== undefined) {
    const branch = fits(schema.if) ? schema.then : schema.else;
    if (branch !== undefined) inner(branch, value, at);
  }
  if (type === "string") {
    const length = [...value].length;
    if (length < schema.minLength) say("is shorter than " + schema.minLength);
    if (length > schema.maxLength) say("is longer than " + schema.maxLength);
    if (schema.pattern !== undefined && !pattern(schema.pattern).test(value)) say("does not match " + schema.pattern);
    if (FORMATS[schema.format] && !FORMATS[schema.format].test(value)) say("is no " + schema.format);
  }
  if (type === "integer" || type === "number") {
    if (value < schema.minimum) say("is below " + schema.minimum);
    if (value > schema.maximum) say("is above " + schema.maximum);
    if (value <= schema.exclusiveMinimum) say("is not above " + schema.exclusiveMinimum);
    if (value >= schema.exclusiveMaximum) say("is not below " + schema.exclusiveMaximum);
    if (schema.multipleOf && Math.abs(value / schema.multipleOf - Math.round(value / schema.multipleOf)) > 1e-9) say("is no multiple of " + schema.multipleOf);
  }
  if (type === "array") {
    if (value.length < schema.minItems) say("has fewer than " + schema.minItems + " items");
    if (value.length > schema.maxItems) say("has more than " + schema.maxItems + " items");
    if (schema.uniqueItems && new Set(value.map((one) => JSON.stringify(sorted(one)))).size < value.length) say("has items twice");
    const prefix = schema.prefixItems ?? [];
    value.forEach((one, index) => {
      const part = prefix[index] ?? schema.items;
      if (part !== undefined) inner(part, one, at + "/" + index);
    });
    if (schema.contains !== undefined) {
      const count = value.filter((one) => fits(schema.contains, one)).length;
      if (count < (schema.minContains ?? 1) || count > (schema.maxContains ?? Infinity)) say("contains " + count + " of what it should");
    }
  }
  if (type === "object") {
    const names = Object.keys(value);
    if (names.length < schema.minProperties) say("has fewer than " + schema.minProperties + " properties");
    if (names.length > schema.maxProperties) say("has more than " + schema.maxProperties + " properties");
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) say(name + " is missing");
    for (const [name, needed] of Object.entries(schema.dependentRequired ?? {}))
      if (Object.hasOwn(value, name)) for (const one of needed) if (!Object.hasOwn(value, one)) say(one + " is missing beside " + name);
    for (const [name, part] of Object.entries(schema.dependentSchemas ?? {})) if (Object.hasOwn(value, name)) inner(part, value, at);
    for (const name of names) {
      const where = at + "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
      const own = Object.hasOwn(schema.properties ?? {}, name);
      const patterns = Object.entries(schema.patternProperties ?? {}).filter(([text]) => pattern(text).test(name));
      if (own) inner(schema.properties[name], value[name], where);
      for (const [, part] of patterns) inner(part, value[name], where);
      if (!own && patterns.length === 0 && schema.additionalProperties !== undefined) inner(schema.additionalProperties, value[name], where);
      if (schema.propertyNames !== undefined) inner(schema.propertyNames, name, where);
    }
  }
  return faults;
}
`;
