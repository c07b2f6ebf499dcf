import type { Severity } from "../model/finding.ts";

export interface IntegrationCode {
  severity: Severity;
  title: string;
  /** What it means and whose fault it is, in one sentence. */
  meaning: string;
  /** What to do, where it is more than keeping to the contract. */
  fix?: string;
}

/**
 * Every code a deployed service can be charged with. SCHEMA and STATUS are the checks of specification 6.3; INT is about
 * running at all, FLOW, TRACE-FLOW and EVENT about working together, PACT about what consumers rely on, BOUNDARY about data
 * on its way between services: below 010 what contracts say, from there what was seen.
 */
export const INTEGRATION_CODES = {
  "INT-001": {
    severity: "critical",
    title: "Does not start",
    meaning: "The service's process ended before it answered its health endpoint, or nothing says how to start it.",
  },
  "INT-002": {
    severity: "critical",
    title: "Not healthy",
    meaning: "The service runs but its health endpoint did not answer 2xx within the health time limit.",
  },
  "INT-003": {
    severity: "error",
    title: "No answer",
    meaning: "A healthy service refused or broke off the connection, or died, on a valid request.",
  },
  "INT-004": {
    severity: "error",
    title: "Too slow",
    meaning: "The service did not answer a valid request within the time limit.",
  },
  "INT-005": {
    severity: "error",
    title: "Endless answer",
    meaning: "An answer did not end within the limits of time or size, and the contract promises no stream.",
  },
  "INT-006": {
    severity: "warning",
    title: "Slower than asked for",
    meaning: "An answer took longer than the response time that was set as a threshold.",
  },
  "INT-007": {
    severity: "critical",
    title: "Ended during the tests",
    meaning:
      "A healthy service ended by itself while it was tested, by a crash or beyond its memory limit, and no single request is known that brought it down.",
  },
  "STATUS-001": {
    severity: "error",
    title: "Unexpected status",
    meaning: "A valid request was not answered with a success status that the contract documents.",
  },
  "STATUS-002": {
    severity: "error",
    title: "Server error",
    meaning: "A request, valid or not, was answered with a status of 500 or above.",
  },
  "STATUS-003": {
    severity: "error",
    title: "Undocumented status",
    meaning: "The answer has a status that the contract does not document for that operation.",
  },
  "STATUS-004": {
    severity: "error",
    title: "Valid data refused",
    meaning: "A request that the contract allows was refused as wrong.",
  },
  "STATUS-005": {
    severity: "error",
    title: "Invalid data accepted",
    meaning: "A request that the contract forbids was answered with success.",
  },
  "STATUS-006": {
    severity: "warning",
    title: "Undeclared method",
    meaning: "A method that the contract does not declare on a path was not answered with 405 and an Allow header.",
  },
  "SCHEMA-001": {
    severity: "error",
    title: "Response schema",
    meaning: "The response body does not match the schema of its contract.",
  },
  "SCHEMA-002": {
    severity: "error",
    title: "Media type",
    meaning: "The response has a media type that the contract does not document, or is no JSON although it says so.",
  },
  "SCHEMA-003": {
    severity: "error",
    title: "Response header",
    meaning: "A header that the contract requires is missing from a response, or does not match its schema.",
  },
  "STATE-001": {
    severity: "error",
    title: "Wrong state",
    meaning: "After a transition the state field does not hold the state that the contract's x-transition names.",
  },
  "STATE-002": {
    severity: "error",
    title: "Use after delete",
    meaning: "What was deleted with success can still be read.",
  },
  "STATE-003": {
    severity: "error",
    title: "Not there after creation",
    meaning: "What was created with success cannot be read, or reads differently than the creation answered.",
  },
  "STATE-004": {
    severity: "error",
    title: "Update lost",
    meaning: "A successful update left the old value in place.",
  },
  "STATE-005": {
    severity: "error",
    title: "Missing from its list",
    meaning: "What was created with success is not in its list, though the list is complete.",
  },
  "AUTH-001": {
    severity: "high",
    title: "No token needed",
    meaning: "An operation that the contract secures did not answer 401 or 403 to a request without a token.",
  },
  "AUTH-002": {
    severity: "high",
    title: "Broken credentials accepted",
    meaning: "An operation that the contract secures did not refuse credentials that are made up or tampered with.",
  },
  "AUTH-003": {
    severity: "high",
    title: "Another's data",
    meaning: "What belongs to one user was given to another, though the contract documents a refusal.",
  },
  "HOOK-001": {
    severity: "error",
    title: "Own check failed",
    meaning: "A check of the hooks file found something wrong with an answer.",
  },
  "FLOW-001": {
    severity: "error",
    title: "Flow step failed",
    meaning: "A request of a flow across services was not answered with success.",
  },
  "FLOW-002": {
    severity: "error",
    title: "Trace lost",
    meaning: "The trace id of a flow is not in the log of a service that took part in it.",
  },
  "TRACE-FLOW-001": {
    severity: "error",
    title: "Trace not handed on",
    meaning:
      "A service that received a traceparent called another one, or published an event, without it or under a new trace id.",
    fix: "Send a traceparent with the trace id that was received, and your own span id, with every call and event it causes.",
  },
  "TRACE-FLOW-002": {
    severity: "error",
    title: "Trace not recorded",
    meaning: "A service received a traceparent and neither reported a span of that trace nor logged its id.",
    fix: "Log one JSON line a request with its trace_id, or export spans to OTEL_EXPORTER_OTLP_ENDPOINT.",
  },
  "TRACE-FLOW-003": {
    severity: "error",
    title: "Field lost on the way",
    meaning: "A service received a field and left it out of what it sent on, kept or answered.",
    fix: "Copy the field into the document that the finding names; the receiver's contract has it.",
  },
  "TRACE-FLOW-004": {
    severity: "error",
    title: "Field renamed on the way",
    meaning: "A service handed a field on under a name that the receiver's contract does not know.",
    fix: "Use the name that the receiver's contract has.",
  },
  "TRACE-FLOW-005": {
    severity: "error",
    title: "Field retyped on the way",
    meaning: "A service handed a field on with another JSON type, such as a number as text.",
    fix: "Hand the value on with the type it came with.",
  },
  "TRACE-FLOW-006": {
    severity: "error",
    title: "Value changed on the way",
    meaning: "A service handed a field on with another value than it received, and nothing had changed it since.",
    fix: "Hand the value on as it is: no rounding, no cutting, no default in its place.",
  },
  "FLOW-003": {
    severity: "error",
    title: "Value changed on its way",
    meaning: "A service answered with another value than the one it was given, or than one that was answered before.",
  },
  "FLOW-004": {
    severity: "error",
    title: "Reference not checked",
    meaning:
      "A reference to something that does not exist was accepted, though the contract says that it is looked up.",
  },
  "EVENT-001": {
    severity: "error",
    title: "Event without effect",
    meaning: "The effect that a published event has according to the contracts did not appear.",
  },
  "PACT-001": {
    severity: "error",
    title: "Response not as its consumer needs it",
    meaning:
      "The provider's answer lacks a field, or has one of another type or value, that a consumer's pact relies on. Restore it as the contract describes it.",
  },
  "PACT-002": {
    severity: "error",
    title: "Status not as its consumer needs it",
    meaning:
      "The provider answers a request of a consumer's pact with another status. Answer with the status that the pact and the contract name.",
  },
  "PACT-003": {
    severity: "error",
    title: "Media type or header not as its consumer needs it",
    meaning:
      "The provider's answer has another media type, or lacks a header, that a consumer's pact relies on. Send what the pact names.",
  },
  "PACT-004": {
    severity: "error",
    title: "No answer to a consumer's request",
    meaning:
      "The provider refused or broke off the connection, or gave no answer in time, on a request of a consumer's pact. Find out in its log why.",
  },
  "PACT-005": {
    severity: "error",
    title: "Message not as its consumer needs it",
    meaning:
      "What the provider published, or what its AsyncAPI contract lets it publish, does not fit the message that a consumer's pact relies on. Publish every field that the pact names.",
  },
  "PACT-006": {
    severity: "error",
    title: "Pact asks for more than the contract",
    meaning:
      "A consumer's pact relies on an operation, status or field that the provider's contract does not offer. Correct the consumer and its pact, or propose a change of the contract.",
  },
  "PACT-007": {
    severity: "error",
    title: "Call outside the contract",
    meaning:
      "A consumer's code calls an operation that the provider's contract does not offer. Call one that it does, or propose a change of the contract.",
  },
  "EVENT-002": {
    severity: "error",
    title: "Event data lost or changed",
    meaning: "An event had its effect, but what it made does not refer to what the event was about.",
  },
  "BOUNDARY-001": {
    severity: "warning",
    title: "Naming drift",
    meaning:
      "Two contracts name the same property differently, such as account_id and accountId; the reader is blamed.",
    fix: "Use the sender's name in the reader's contract and code.",
  },
  "BOUNDARY-002": {
    severity: "warning",
    title: "Type drift",
    meaning: "Two contracts give the same property types that do not fit; the reader is blamed.",
    fix: "Give the property the sender's type in the reader's contract and code.",
  },
  "BOUNDARY-003": {
    severity: "warning",
    title: "Format drift",
    meaning:
      "Two contracts give the same property different formats, such as date and date-time; the reader is blamed.",
    fix: "Give the property the sender's format in the reader's contract, and convert on purpose where it is read.",
  },
  "BOUNDARY-004": {
    severity: "warning",
    title: "Null or missing drift",
    meaning:
      "A property may be null or missing where it is sent and must not be where it is read; the reader is blamed.",
    fix: "Let the reader take null and missing, or have the sender's contract promise the property.",
  },
  "BOUNDARY-005": {
    severity: "warning",
    title: "Enum drift",
    meaning: "The sender's contract has enum values that the reader's contract does not know; the reader is blamed.",
    fix: "Add the values to the reader's contract, and handle values that it does not know.",
  },
  "BOUNDARY-006": {
    severity: "warning",
    title: "Number drift",
    meaning: "The reader's contract encodes a number differently or gives it a smaller range than the sender's.",
    fix: "Give the property the sender's type, format and range; send 64-bit integers and money as text or keep them exact.",
  },
  "BOUNDARY-007": {
    severity: "warning",
    title: "Length drift",
    meaning: "A text may be longer where it is sent than where it is read; the reader is blamed.",
    fix: "Give the reader's property the sender's maxLength, or none.",
  },
  "BOUNDARY-011": {
    severity: "error",
    title: "Property lost",
    meaning: "A property that was sent, and that the contract says is shown, was not there when it was read.",
    fix: "Store and hand on every property of the contract under its own name.",
  },
  "BOUNDARY-012": {
    severity: "error",
    title: "Number damaged",
    meaning: "A number came back rounded, cut off or out of range.",
    fix: "Keep integers beyond 2^53 and decimals exact: BigInt or a decimal type, and columns that are wide enough.",
  },
  "BOUNDARY-013": {
    severity: "error",
    title: "Time shifted",
    meaning: "A date or an instant came back as another one, mostly because an offset or a time zone was dropped.",
    fix: "Store instants in UTC with their offset applied, and dates as dates without a time zone.",
  },
  "BOUNDARY-014": {
    severity: "error",
    title: "Null, missing and empty confused",
    meaning: "Null, a missing property or an empty text came back as another of these.",
    fix: "Keep the three apart; map none of them to a default that the contract does not name.",
  },
  "BOUNDARY-015": {
    severity: "error",
    title: "Enum value lost",
    meaning: "A value of an enum that the contract allows was replaced, or what it was sent with had no effect.",
    fix: "Handle every value of the contract's enum, and pass on those that are not known.",
  },
  "BOUNDARY-016": {
    severity: "error",
    title: "Text damaged",
    meaning: "Characters beyond ASCII or line breaks were lost, replaced or cut off.",
    fix: "Use UTF-8 from the request to the store and back, and count characters, not bytes.",
  },
  "BOUNDARY-017": {
    severity: "error",
    title: "Id changed",
    meaning: "An id came back cut off or changed.",
    fix: "Keep ids as the text that they are, in columns that are wide enough.",
  },
  "BOUNDARY-018": {
    severity: "error",
    title: "Pages do not add up",
    meaning: "A list ignores its page size, or its pages overlap or leave items out.",
    fix: "Sort by something unique, honour the limit, and start each page where the one before ended.",
  },
} as const satisfies Record<string, IntegrationCode>;

export type IntegrationCodeName = keyof typeof INTEGRATION_CODES;
