import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContractDraft } from "../../src/model/contract.ts";

const content = (type: string, schema: object, more: object = {}) => ({ [type]: { schema, ...more } });
const answers = { "201": { description: "Taken." }, "400": { description: "Wrong." } };

/** A contract whose bodies are forms, and below a service that was written by hand for it. */
export const FORMS: ContractDraft = {
  service_name: "forms-service",
  type: "openapi",
  version: "1.0.0",
  spec: {
    openapi: "3.0.3",
    info: { title: "Forms", version: "1.0.0" },
    paths: {
      "/uploads": {
        post: {
          requestBody: {
            required: true,
            content: content(
              "multipart/form-data",
              {
                type: "object",
                required: ["title", "picture"],
                properties: {
                  title: { type: "string", minLength: 1, maxLength: 5 },
                  picture: { type: "string", format: "binary" },
                  copies: { type: "integer", minimum: 1, maximum: 3 },
                  tags: { type: "array", items: { type: "string", minLength: 1 }, maxItems: 2 },
                  place: { type: "object", required: ["row"], properties: { row: { type: "integer", minimum: 0 } } },
                },
              },
              { encoding: { picture: { contentType: "image/png, image/jpeg" } } },
            ),
          },
          responses: answers,
        },
      },
      "/orders": {
        post: {
          requestBody: {
            required: true,
            content: content("application/x-www-form-urlencoded", {
              type: "object",
              required: ["name"],
              properties: {
                name: { type: "string", minLength: 1, maxLength: 5 },
                amount: { type: "integer", minimum: 1, maximum: 3 },
              },
            }),
          },
          responses: answers,
        },
      },
    },
  },
};

/** The service on a free port of the loopback. `anyAmount`: it takes numbers of any size. */
export async function startForms({ anyAmount = false } = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const type = request.headers["content-type"] ?? "";
    const given = new Response(Buffer.concat(chunks), { headers: { "content-type": type } });
    const form = await given.formData().catch(() => undefined);
    const wanted = request.url === "/uploads" ? "multipart/form-data" : "application/x-www-form-urlencoded";
    const isRight = form !== undefined && type.startsWith(wanted);
    response.writeHead(isRight && (request.url === "/uploads" ? isUpload : isOrder)(form, anyAmount) ? 201 : 400);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Field = ReturnType<FormData["get"]>;

const isName = (value: Field) => typeof value === "string" && value.length >= 1 && value.length <= 5;

function isAmount(value: Field, any: boolean): boolean {
  if (value === null) return true;
  return typeof value === "string" && (any ? /^-?\d+$/.test(value) : /^[1-3]$/.test(value));
}

function isOrder(form: FormData, anyAmount: boolean): boolean {
  return isName(form.get("name")) && isAmount(form.get("amount"), anyAmount);
}

function isUpload(form: FormData, anyAmount: boolean): boolean {
  const picture = form.get("picture");
  const isPicture = picture instanceof File && picture.name !== "" && picture.type === "image/png";
  const tags = form.getAll("tags");
  const isTags = tags.length <= 2 && tags.every((tag) => typeof tag === "string" && tag !== "");
  return isName(form.get("title")) && isPicture && isAmount(form.get("copies"), anyAmount) && isTags && isPlace(form);
}

function isPlace(form: FormData): boolean {
  const place = form.get("place");
  if (place === null) return true;
  if (typeof place !== "string") return false;
  try {
    const { row } = JSON.parse(place);
    return Number.isInteger(row) && row >= 0;
  } catch {
    return false;
  }
}
