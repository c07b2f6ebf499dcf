import { STATUS_CODES } from "node:http";

/** An answer that is not the documented success: RFC 9457 problem details. */
export class Problem extends Error {
  constructor(status, detail, { headers = {}, errors } = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
    this.errors = errors;
  }

  toJSON() {
    const title = STATUS_CODES[this.status] ?? "Error";
    return {
      type: "about:blank",
      title,
      status: this.status,
      detail: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}
