import type {
  Outline,
  OutlineEndpoint,
  OutlineEntity,
  OutlineEvent,
  OutlineService,
  Shape,
  ShapeField,
} from "../../../src/architect/outline.ts";
import type { Field } from "../../../src/model/domain-model.ts";

/** Short ways to write outlines for tests. */

export const field = (name: string, type: string, description = "", required = true): Field => ({
  name,
  type,
  required,
  description,
});

/** `{ name: type }`; a name that ends in "?" is optional. */
export function shape(fields: Record<string, string | Shape>): Shape {
  const members = Object.entries(fields).map(
    ([name, type]): ShapeField => ({
      name: name.replace(/\?$/, ""),
      optional: name.endsWith("?"),
      shape: typeof type === "string" ? { kind: "scalar", type } : type,
      note: "",
    }),
  );
  return { kind: "object", fields: members };
}

export const many = (items: Shape | string): Shape => ({
  kind: "array",
  items: typeof items === "string" ? { kind: "scalar", type: items } : items,
});

export const service = (name: string, rest: Partial<OutlineService> = {}): OutlineService => ({
  name,
  domain: "",
  description: "",
  technology: "",
  database: null,
  message_broker: null,
  is_frontend: false,
  port: null,
  line: 1,
  ...rest,
});

export const entity = (
  name: string,
  owner: string | null,
  fields: Field[],
  rest: Partial<OutlineEntity> = {},
): OutlineEntity => ({
  name,
  owner,
  description: "",
  fields,
  state_machine: null,
  line: 2,
  ...rest,
});

export const endpoint = (owner: string | null, name: string, rest: Partial<OutlineEndpoint> = {}): OutlineEndpoint => {
  const [method = "", path = ""] = name.split(" ");
  return { method, path, owner, summary: "", query: [], request: null, responses: [], auth: null, line: 3, ...rest };
};

export const event = (
  name: string,
  publisher: string | null,
  consumers: string[],
  rest: Partial<OutlineEvent> = {},
): OutlineEvent => ({
  name,
  publisher,
  consumers,
  payload: null,
  channel: null,
  description: "",
  line: 4,
  ...rest,
});

export const outline = (rest: Partial<Outline>): Outline => ({
  title: "Test",
  description: "",
  services: [],
  entities: [],
  relationships: [],
  endpoints: [],
  events: [],
  dependencies: [],
  auth: { scheme: "none", issuer: null },
  questions: [],
  ...rest,
});
