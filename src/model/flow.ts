import { z } from "zod";

/**
 * A value in a request or an expectation: JSON in which a text may refer to what came before. A text that is one
 * reference and nothing else keeps the type of what it refers to.
 *
 * - `${steps.ID.body.PATH}`, `${steps.ID.request.PATH}`: of the answer to an earlier step, or of what was sent.
 * - `${steps.ID.id}`: the id of what the step made, wherever its answer has it (the body or `Location`).
 * - `${unique}`: letters and digits that no other step and no other run has.
 * - `${uuid}`: an identifier that nothing has.
 * - `${fresh}`: made up from the contract's schema at that place.
 * - `${made.SERVICE.ENTITY}`: the id of one that is made on the way, by whatever the contracts offer.
 */
const Template = z.unknown();

export const FlowRequest = z.strictObject({
  path: z.record(z.string(), Template).default({}).describe("Path parameters by name."),
  query: z.record(z.string(), Template).default({}),
  headers: z.record(z.string(), Template).default({}),
  body: Template.optional(),
});
export type FlowRequest = z.infer<typeof FlowRequest>;

export const FlowExpectation = z.strictObject({
  status: z
    .array(z.string().regex(/^[1-5](\d\d|XX)$/))
    .min(1)
    .describe("Accepted statuses: 201, 4XX."),
  contract: z.boolean().default(true).describe("Whether the answer must also fit the contract's response."),
  body: z
    .record(z.string(), Template)
    .default({})
    .describe("Values by place in the answer, such as `data.account_id`."),
  item: z.record(z.string(), Template).optional().describe("One item of the answered list has all of these values."),
  new: z.boolean().default(false).describe("That item must not have been there before the cause was sent."),
});
export type FlowExpectation = z.infer<typeof FlowExpectation>;

/** One request. With `event` it waits for the effect of an event: it is repeated until it is as expected. */
export const PlannedStep = z.strictObject({
  id: z.string().regex(/^[A-Za-z_][\w-]*$/, "letters, digits, _ and -"),
  service: z.string(),
  operation: z
    .string()
    .describe('`operationId`, or method and path where there is none; "" when nothing shows the effect.'),
  as: z.enum(["caller", "nobody"]).default("caller").describe("Who asks where the contract wants a token."),
  request: FlowRequest.prefault({}),
  event: z.string().optional().describe("Event whose effect is waited for."),
  cause: z.string().optional().describe("Step that publishes the event."),
  presumed: z
    .boolean()
    .default(false)
    .describe("The contracts do not say it: that it does not happen is no fault by itself."),
  expect: FlowExpectation,
});
export type PlannedStep = z.infer<typeof PlannedStep>;

/** Requests across services, each using what earlier ones answered. */
export const Flow = z.strictObject({
  name: z.string().min(1),
  why: z.string().default("").describe("What it is good for, in words."),
  services: z.array(z.string()),
  covers: z.array(z.string()).default([]).describe("Relations between services that it exercises."),
  steps: z.array(PlannedStep).min(1),
});
export type Flow = z.infer<typeof Flow>;

/** Flows as they are kept in a file, in YAML or JSON. */
export const FlowFile = z.strictObject({ version: z.literal(1), flows: z.array(Flow) });
export type FlowFile = z.infer<typeof FlowFile>;
