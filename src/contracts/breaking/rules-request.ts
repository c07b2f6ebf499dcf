import { GAINED, GONE, type Row } from "./rules-row.ts";

/** Paths, operations, servers and names. */
export const OPERATIONS: Row[] = [
  ["path-removed", "error", true, `A path is gone with all its operations. ${GONE}`],
  [
    "path-renamed",
    "error",
    true,
    "The same operations are at another path. Clients that use the old one get an error.",
  ],
  ["operation-removed", "error", true, `An operation is gone. ${GONE}`],
  ["operation-removed-after-deprecation", "info", false, "A deprecated operation is gone, as announced."],
  [
    "operation-removed-before-sunset",
    "error",
    true,
    "A deprecated operation is gone before the announced date, or that date cannot be read.",
  ],
  ["operation-removed-unstable", "info", false, "An operation is gone whose x-stability-level was draft or alpha."],
  ["operation-added", "info", false, `There is a new operation. ${GAINED}`],
  [
    "operation-id-changed",
    "warning",
    false,
    "The operationId is another one. Requests stay the same; names in generated clients change.",
  ],
  ["operation-deprecated", "info", false, "An operation is deprecated. It still works."],
  ["operation-reactivated", "info", false, "An operation is not deprecated any more."],
  [
    "operation-sunset-removed",
    "error",
    true,
    "A deprecated operation's end is no longer announced. Clients cannot tell how long it stays.",
  ],
  [
    "operation-sunset-moved-forward",
    "error",
    true,
    "A deprecated operation ends earlier than announced, or at a date that cannot be read.",
  ],
  ["operation-sunset-postponed", "info", false, "A deprecated operation stays longer than announced."],
  ["operation-sunset-announced", "info", false, "The end of an operation is announced."],
  ["operation-stability-lowered", "error", true, "x-stability-level promises less than before."],
  ["operation-stability-raised", "info", false, "x-stability-level promises more than before."],
  [
    "server-removed",
    "warning",
    false,
    "A server's address is no longer listed. Clients that use it may get no answer.",
  ],
  [
    "server-path-changed",
    "error",
    true,
    "All paths are below another prefix. Those who call the old addresses get 404.",
  ],
  ["server-added", "info", false, "There is a new server."],
  [
    "schema-renamed",
    "info",
    false,
    "A named schema has another name. Data stay the same; names in generated clients change.",
  ],
  ["schema-removed", "info", false, "A named schema is gone. Where it was used, changes are told on their own."],
  ["schema-added", "info", false, "There is a new named schema."],
];

/** Parameters that clients send, and who is let in. */
export const PARAMETERS: Row[] = [
  [
    "required-request-parameter-added",
    "error",
    true,
    "There is a new parameter that must be given. Requests without it are refused.",
  ],
  ["optional-request-parameter-added", "info", false, `There is a new parameter that may be given. ${GAINED}`],
  ["request-parameter-removed", "warning", true, "A parameter is gone. It is refused, or ignored without a word."],
  ["request-parameter-removed-after-deprecation", "info", false, "A deprecated parameter is gone, as announced."],
  [
    "request-parameter-removed-before-sunset",
    "error",
    true,
    "A deprecated parameter is gone before the announced date, or that date cannot be read.",
  ],
  [
    "request-parameter-renamed",
    "error",
    true,
    "A parameter has another name. Under the old one it is refused or ignored.",
  ],
  [
    "path-parameter-renamed",
    "info",
    false,
    "A path parameter has another name. Addresses stay the same; names in generated clients change.",
  ],
  [
    "request-parameter-location-changed",
    "error",
    true,
    "A parameter must be given in another place (path, query, header, cookie).",
  ],
  [
    "request-parameter-became-required",
    "error",
    true,
    "A parameter must be given now. Requests without it are refused.",
  ],
  ["request-parameter-became-optional", "info", false, "A parameter need not be given any more."],
  [
    "request-parameter-style-changed",
    "error",
    true,
    "A parameter's values are written in another way (style, explode).",
  ],
  ["request-parameter-empty-value-forbidden", "error", true, "A parameter may no longer be given without a value."],
  ["request-parameter-empty-value-allowed", "info", false, "A parameter may be given without a value."],
  [
    "request-parameter-reserved-characters-forbidden",
    "warning",
    true,
    "A parameter's reserved characters must be escaped now.",
  ],
  [
    "request-parameter-reserved-characters-allowed",
    "info",
    false,
    "A parameter's reserved characters need no escaping any more.",
  ],
  ["request-parameter-media-type-changed", "error", true, "A parameter's value is written in another media type."],
  ["request-parameter-deprecated", "info", false, "A parameter is deprecated. It still works."],
  ["request-parameter-reactivated", "info", false, "A parameter is not deprecated any more."],
  [
    "request-parameter-sunset-moved-forward",
    "error",
    true,
    "A deprecated parameter ends earlier than announced, or its end is no longer announced.",
  ],
];

export const SECURITY: Row[] = [
  [
    "security-tightened",
    "error",
    true,
    "Credentials that were enough are no longer. Requests that worked are refused.",
  ],
  ["security-loosened", "info", false, "Fewer or other credentials are enough too."],
  [
    "security-dropped",
    "warning",
    false,
    "No credentials are needed any more. Clients still work; check that this is meant.",
  ],
  ["security-scope-added", "error", true, "A scope is needed that was not. Tokens without it are refused."],
  ["security-scope-removed", "info", false, "A scope is no longer needed."],
  ["security-scheme-changed", "error", true, "Credentials are sent in another way. Requests that worked are refused."],
  [
    "security-scheme-address-changed",
    "warning",
    true,
    "Tokens come from another address. Clients that know the old one may get none.",
  ],
  ["security-scheme-flow-removed", "error", true, "A way to get tokens is gone."],
  ["security-scheme-flow-added", "info", false, "There is another way to get tokens."],
  [
    "security-scheme-scope-withdrawn",
    "warning",
    false,
    "A scope is no longer offered. Operations that need it tell so on their own.",
  ],
  ["security-scheme-scope-offered", "info", false, "Another scope is offered."],
];
