import { describe, expect, it } from "vitest";
import { redactSecrets } from "../../src/lib/redact.ts";

const random = (length: number) => "aZ3kQ9xW1mP7vR5tY2nB8cL4hJ6gF0dS".repeat(4).slice(0, length);

describe("a text for others to read", () => {
  it.each([
    [`sk-ant-api03-${random(40)}`, "sk-ant-[redacted]"],
    [`ghp_${random(36)} ok`, "ghp_[redacted] ok"],
    [`AKIA${random(16)}`, "AKIA[redacted]"],
    [`Authorization: Bearer ${random(30)}`, "Authorization: Bearer [redacted]"],
    [`postgres://app:${random(12)}@db:5432/x`, "postgres://app:[redacted]@db:5432/x"],
    [`{"password": "${random(10)}", "user": "x"}`, '{"password": "[redacted]", "user": "x"}'],
    [`API_KEY=${random(20)}`, "API_KEY=[redacted]"],
    [
      `-----BEGIN RSA PRIVATE KEY-----\n${random(64)}\n-----END RSA PRIVATE KEY-----`,
      "-----BEGIN RSA PRIVATE KEY----- [redacted]",
    ],
    [`${random(64)}\n${random(64)}`, "[redacted]\n[redacted]"],
  ])("has %s as %s", (text, redacted) => {
    expect(redactSecrets(text)).toBe(redacted);
  });

  it.each([
    "password = process.env.PASSWORD",
    "token: $TOKEN and password=<yours>",
    "const token = null; secret: string",
    "6 tests passed, sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "see https://example.org:8080/path",
  ])("keeps %s", (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});
