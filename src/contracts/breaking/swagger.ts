import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson, type Json, objectAt } from "../document.ts";
import { METHODS } from "./outgoing.ts";
import { createSource, own, type Source } from "./source.ts";

/**
 * A Swagger 2.0 document with its operations written as OpenAPI 3 would: bodies and responses get media types, form
 * fields become a body, collection formats become styles. Schemas stay where they are. Other documents come back as they are.
 */
export function fromSwagger(document: Json): Json {
  if (document.swagger === undefined) return document;
  const source = createSource(document);
  const paths = Object.entries(objectAt(document, "paths")).map(([path, raw]) => {
    const { node } = source.resolve(raw, `/paths${pointerPart(path)}`);
    const shared = parametersOf(source, node);
    const operations = METHODS.filter((method) => isJson(own(node, method))).map((method) => [
      method,
      operationFrom(source, objectAt(node, method), shared),
    ]);
    return [path, Object.fromEntries(operations)];
  });
  const { host, basePath, schemes, securityDefinitions } = document;
  const protocol = Array.isArray(schemes) && schemes.length > 0 ? String(schemes[0]) : "https";
  const url = `${typeof host === "string" ? `${protocol}://${host}` : ""}${typeof basePath === "string" ? basePath : ""}`;
  return {
    ...document,
    openapi: "3.0.3",
    paths: Object.fromEntries(paths),
    ...(url ? { servers: [{ url }] } : {}),
    components: {
      schemas: objectAt(document, "definitions"),
      securitySchemes: Object.fromEntries(
        Object.entries(isJson(securityDefinitions) ? securityDefinitions : {}).map(([name, scheme]) => [
          name,
          schemeFrom(scheme),
        ]),
      ),
    },
  };
}

function parametersOf(source: Source, holder: Json): Json[] {
  const list = own(holder, "parameters");
  return (Array.isArray(list) ? list : []).map((raw) => source.resolve(raw, "").node);
}

function operationFrom(source: Source, operation: Json, shared: Json[]): Json {
  const own_ = parametersOf(source, operation);
  const same = (a: Json, b: Json) => a.name === b.name && a.in === b.in;
  const all = [...shared.filter((each) => !own_.some((other) => same(each, other))), ...own_];
  const types = (key: string) => {
    const list = own(operation, key) ?? own(source.document, key);
    return Array.isArray(list) && list.length > 0 ? list.map(String) : ["application/json"];
  };
  const body = all.find((each) => each.in === "body");
  const fields = all.filter((each) => each.in === "formData");
  const content = (media: string[], schema: unknown) => Object.fromEntries(media.map((type) => [type, { schema }]));
  const { consumes: _consumes, produces: _produces, parameters: _parameters, ...rest } = operation;
  return {
    ...rest,
    parameters: all.filter((each) => each.in !== "body" && each.in !== "formData").map(parameterFrom),
    ...(body
      ? { requestBody: { required: body.required === true, content: content(types("consumes"), body.schema ?? {}) } }
      : {}),
    ...(fields.length > 0
      ? {
          requestBody: {
            required: fields.some((each) => each.required === true),
            content: content(formTypes(types("consumes")), formSchema(fields)),
          },
        }
      : {}),
    responses: Object.fromEntries(
      Object.entries(objectAt(operation, "responses")).map(([status, raw]) => {
        const { schema, headers, ...response } = source.resolve(raw, "").node;
        const written = Object.entries(isJson(headers) ? headers : {}).map(([name, header]) => [
          name,
          isJson(header) ? { schema: schemaFrom(header) } : header,
        ]);
        return [
          status,
          {
            ...response,
            headers: Object.fromEntries(written),
            ...(schema === undefined ? {} : { content: content(types("produces"), schema) }),
          },
        ];
      }),
    ),
  };
}

function formTypes(types: string[]): string[] {
  const forms = types.filter((type) => /form/.test(type));
  return forms.length > 0 ? forms : ["application/x-www-form-urlencoded"];
}

function formSchema(fields: Json[]): Json {
  return {
    type: "object",
    required: fields.filter((each) => each.required === true).map((each) => String(each.name)),
    properties: Object.fromEntries(fields.map((each) => [String(each.name), schemaFrom(each)])),
  };
}

const STYLES: Record<string, string> = { ssv: "spaceDelimited", pipes: "pipeDelimited", tsv: "tabDelimited" };

function parameterFrom(parameter: Json): Json {
  const { name, in: place, required, description, allowEmptyValue, deprecated, collectionFormat } = parameter;
  const style = STYLES[String(collectionFormat)];
  return {
    name,
    in: place,
    required: required === true,
    description,
    ...(allowEmptyValue === undefined ? {} : { allowEmptyValue }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(place === "query" ? { explode: collectionFormat === "multi", ...(style ? { style } : {}) } : {}),
    ...Object.fromEntries(Object.entries(parameter).filter(([key]) => key.startsWith("x-"))),
    schema: schemaFrom(parameter),
  };
}

const NOT_SCHEMA = new Set(["name", "in", "required", "allowEmptyValue", "collectionFormat", "description"]);

/** Parameters and headers of Swagger 2.0 carry the keywords of their schema themselves. */
function schemaFrom(holder: Json): Json {
  const kept = Object.fromEntries(
    Object.entries(holder).filter(([key]) => !NOT_SCHEMA.has(key) && !key.startsWith("x-")),
  );
  return kept.type === "file" ? { type: "string", format: "binary" } : kept;
}

function schemeFrom(scheme: unknown): unknown {
  if (!isJson(scheme)) return scheme;
  if (scheme.type === "basic") return { type: "http", scheme: "basic" };
  if (scheme.type !== "oauth2") return scheme;
  const names: Record<string, string> = { accessCode: "authorizationCode", application: "clientCredentials" };
  const { flow, authorizationUrl, tokenUrl, scopes } = scheme;
  return {
    type: "oauth2",
    flows: { [names[String(flow)] ?? String(flow)]: { authorizationUrl, tokenUrl, scopes: scopes ?? {} } },
  };
}
