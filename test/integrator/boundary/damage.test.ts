import { expect, test } from "vitest";
import { damageOf } from "../../../src/integrator/boundary/damage.ts";
import { ExactNumber, numberMark, parseExact, sameNumber, withNumbers } from "../../../src/integrator/exact-json.ts";

const shown = { isShown: true, values: undefined };
const number = (text: string) => new ExactNumber(text);

test.each<[unknown, unknown]>([
  [number("19.99"), number("19.990")],
  [number("0.30000000000000004"), number("0.3")],
  [number("1e3"), number("1000")],
  [number("19.99"), "19.99"],
  ["19.90", number("19.9")],
  // Another thing of the same name.
  [number("19.99"), number("4711")],
  ["Water the plants", "INV-2031"],
  ["2031-03-29T23:30:00+02:00", "2031-03-29T21:30:00Z"],
  ["2031-03-29T23:30:00+02:00", "2031-03-29T21:30:00.000+00:00"],
  ["2031-03-29T23:30:00Z", "2019-01-01T00:00:00Z"],
  ["2028-02-29", "2028-02-29T00:00:00Z"],
  ["e\u0301", "\u00e9"],
  ["a\nb", "a\r\nb"],
  ["Ada@Example.com ", "ada@example.com"],
  ["0B5DAE4E-9F6C-4C6F-8B57-0E0A6E1F7C11", "0b5dae4e-9f6c-4c6f-8b57-0e0a6e1f7c11"],
  [null, undefined],
  [null, number("7")],
  [undefined, "web"],
  ["", ""],
])("%j read as %j is no damage", (sent, read) => {
  expect(damageOf(sent, read, shown)).toBeNull();
});

test.each<[unknown, unknown, string]>([
  [number("9007199254740993"), number("9007199254740992"), "BOUNDARY-012"],
  [number("2147483648"), number("-2147483648"), "BOUNDARY-012"],
  [number("9007199254740993"), number("2147483647"), "BOUNDARY-012"],
  [number("1234567.89"), number("1234567.875"), "BOUNDARY-012"],
  ["2031-01-01T00:30:00Z", "2031-01-01", "BOUNDARY-013"],
  ["2028-02-29", "2028-02-28T23:00:00Z", "BOUNDARY-013"],
  [null, "null", "BOUNDARY-014"],
  [null, number("0"), "BOUNDARY-014"],
  [undefined, "undefined", "BOUNDARY-014"],
  ["", null, "BOUNDARY-014"],
  ["Zo\u00eb writes", "Zo\u00c3\u00ab writes", "BOUNDARY-016"],
  ["0b5dae4e-9f6c-4c6f-8b57-0e0a6e1f7c11", "0b5dae4e", "BOUNDARY-017"],
  [number("7"), undefined, "BOUNDARY-011"],
])("%j read as %j is damage", (sent, read, code) => {
  expect(damageOf(sent, read, shown)?.code).toBe(code);
});

test("numbers keep their text through JSON, and texts that look like numbers stay texts", () => {
  const text = '{"a":9007199254740993,"b":"12","c":[-1.50,2e-7],"d":"\\"7\\": 8"}';
  expect(parseExact(text)).toEqual({
    a: number("9007199254740993"),
    b: "12",
    c: [number("-1.50"), number("2e-7")],
    d: '"7": 8',
  });
  expect(withNumbers(JSON.stringify({ a: numberMark("9007199254740993") }))).toBe('{"a":9007199254740993}');
  expect(parseExact("{")).toBeUndefined();
  expect([sameNumber("0.10", "1e-1"), sameNumber("0", "-0.0"), sameNumber("10", "1")]).toEqual([true, true, false]);
});
