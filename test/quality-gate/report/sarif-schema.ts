/**
 * The parts of the SARIF 2.1.0 schema (OASIS, sarif-schema-2.1.0.json) that a scan uses, each object closed as it is
 * there: a property that SARIF does not know, or of a wrong type, is a fault.
 */
const message = {
  type: "object",
  additionalProperties: false,
  required: ["text"],
  properties: { text: { type: "string" }, markdown: { type: "string" } },
};
const level = { enum: ["none", "note", "warning", "error"] };
const bag = { type: "object", properties: { tags: { type: "array", uniqueItems: true, items: { type: "string" } } } };
const artifactLocation = {
  type: "object",
  additionalProperties: false,
  properties: {
    uri: { type: "string", format: "uri-reference" },
    uriBaseId: { type: "string" },
    index: { type: "integer", minimum: -1 },
    description: message,
  },
};
const region = {
  type: "object",
  additionalProperties: false,
  properties: {
    startLine: { type: "integer", minimum: 1 },
    startColumn: { type: "integer", minimum: 1 },
  },
};
const location = {
  type: "object",
  additionalProperties: false,
  properties: {
    physicalLocation: {
      type: "object",
      additionalProperties: false,
      anyOf: [{ required: ["address"] }, { required: ["artifactLocation"] }],
      properties: { artifactLocation, region },
    },
    logicalLocations: {
      type: "array",
      uniqueItems: true,
      items: {
        type: "object",
        additionalProperties: false,
        properties: { name: { type: "string" }, kind: { type: "string" }, fullyQualifiedName: { type: "string" } },
      },
    },
  },
};
const reportingDescriptor = {
  type: "object",
  additionalProperties: false,
  required: ["id"],
  properties: {
    id: { type: "string" },
    name: { type: "string" },
    shortDescription: message,
    fullDescription: message,
    help: message,
    defaultConfiguration: { type: "object", additionalProperties: false, properties: { level } },
    properties: bag,
  },
};
const result = {
  type: "object",
  additionalProperties: false,
  required: ["message"],
  properties: {
    ruleId: { type: "string" },
    ruleIndex: { type: "integer", minimum: -1 },
    kind: { enum: ["notApplicable", "pass", "fail", "review", "open", "informational"] },
    level,
    message,
    locations: { type: "array", items: location },
    partialFingerprints: { type: "object", additionalProperties: { type: "string" } },
    suppressions: {
      type: "array",
      uniqueItems: true,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["kind"],
        properties: {
          kind: { enum: ["inSource", "external"] },
          status: { enum: ["accepted", "underReview", "rejected"] },
          justification: { type: "string" },
        },
      },
    },
    baselineState: { enum: ["new", "unchanged", "updated", "absent"] },
    properties: bag,
  },
};
const notification = {
  type: "object",
  additionalProperties: false,
  required: ["message"],
  properties: { level, message, locations: { type: "array", uniqueItems: true, items: location } },
};
const run = {
  type: "object",
  additionalProperties: false,
  required: ["tool"],
  properties: {
    tool: {
      type: "object",
      additionalProperties: false,
      required: ["driver"],
      properties: {
        driver: {
          type: "object",
          additionalProperties: false,
          required: ["name"],
          properties: {
            name: { type: "string" },
            version: { type: "string" },
            rules: { type: "array", uniqueItems: true, items: reportingDescriptor },
          },
        },
      },
    },
    originalUriBaseIds: { type: "object", additionalProperties: artifactLocation },
    columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
    invocations: {
      type: "array",
      uniqueItems: true,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["executionSuccessful"],
        properties: {
          executionSuccessful: { type: "boolean" },
          toolExecutionNotifications: { type: "array", items: notification },
        },
      },
    },
    results: { type: "array", items: result },
    properties: bag,
  },
};
export const SARIF = {
  type: "object",
  additionalProperties: false,
  required: ["version", "runs"],
  properties: {
    $schema: { type: "string", format: "uri" },
    version: { const: "2.1.0" },
    runs: { type: "array", minItems: 0, items: run },
  },
};
