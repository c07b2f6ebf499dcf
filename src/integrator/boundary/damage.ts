import type { IntegrationCodeName } from "../codes.ts";
import { isRecord } from "../document.ts";
import { ExactNumber, sameNumber } from "../exact-json.ts";

/** How a value differs from the one that was sent, in a way that only damage explains. */
export interface Damage {
  code: IntegrationCodeName;
  message: string;
}

/** What is known of the place where a value is read. */
export interface Place {
  /** Whether the contract says that it is shown there. */
  isShown: boolean;
  /** The values it may have, when they are few. */
  values: readonly unknown[] | undefined;
}

/**
 * What happened to a value between being sent and being read; null when it is the same, as far as that matters, or when
 * it is something else altogether: a property of the same name need not be the same thing.
 * `sent` undefined: it was left out.
 */
export function damageOf(sent: unknown, read: unknown, place: Place): Damage | null {
  if (sent === undefined || sent === null) return confusedWithNothing(sent, read);
  if (read === undefined || read === null) {
    if (sent === "")
      return { code: "BOUNDARY-014", message: `an empty text became ${read === null ? "null" : "absent"}` };
    if (!place.isShown) return null;
    return { code: "BOUNDARY-011", message: `${shown(sent)} was sent and it is ${read === null ? "null" : "absent"}` };
  }
  if (place.values !== undefined) return enumDamage(sent, read, place.values);
  const number = numberText(sent);
  if (sent instanceof ExactNumber || (number !== undefined && read instanceof ExactNumber))
    return numberDamage(number ?? "", read, sent);
  if (typeof sent !== "string" || typeof read !== "string") return null;
  if (sent === read) return null;
  return isTime(sent) && isTime(read) ? timeDamage(sent, read) : (idDamage(sent, read) ?? textDamage(sent, read));
}

const FILLERS = new Set<unknown>(["", "null", "undefined", "None", "nil", "NaN"]);

function confusedWithNothing(sent: undefined | null, read: unknown): Damage | null {
  if (read === undefined || read === null) return null;
  const word = sent === null ? "null" : "a missing property";
  const isZero = sent === null && read instanceof ExactNumber && sameNumber(read.text, "0");
  if (!FILLERS.has(read) && !isZero) return null;
  return { code: "BOUNDARY-014", message: `${word} became ${shown(read)}` };
}

function enumDamage(sent: unknown, read: unknown, values: readonly unknown[]): Damage | null {
  if (sent === read || typeof sent !== "string" || typeof read !== "string") return null;
  // Without the value among its own, it is another enum.
  if (!values.includes(sent) && !values.includes(read)) return null;
  return { code: "BOUNDARY-015", message: `${shown(sent)} became ${shown(read)}` };
}

function numberText(value: unknown): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
}

/** Where integers end that were kept in 32 bits. */
const EDGES = new Set(["2147483647", "-2147483648", "4294967295", "9223372036854775807"]);

function numberDamage(sent: string, read: unknown, original: unknown): Damage | null {
  const found = numberText(read);
  if (found === undefined) return null;
  // Binary fractions: the shortest form of the same double is the same number.
  if (sameNumber(sent, found, sent.includes(".") ? 1e-9 : 0)) return null;
  const [x, y] = [Number(sent), Number(found)];
  const isNear = Math.abs(x - y) <= Math.max(1, Math.abs(x) * 0.01);
  const isCut = EDGES.has(found) || (x > 0 && y < 0) || (Number.isInteger(x) && (x | 0) === y);
  if (!isNear && !isCut) return null;
  return { code: "BOUNDARY-012", message: `${shown(original)} became ${found}` };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const DAY_MS = 86_400_000;

function isTime(text: string): boolean {
  return DATE.test(text) || INSTANT.test(text);
}

function timeDamage(sent: string, read: string): Damage | null {
  const damage: Damage = { code: "BOUNDARY-013", message: `${sent} became ${read}` };
  if (DATE.test(sent)) {
    if (read.startsWith(sent)) return null;
    return Math.abs(Date.parse(read.slice(0, 10)) - Date.parse(sent)) <= 2 * DAY_MS ? damage : null;
  }
  const [from, to] = [Date.parse(sent), Date.parse(read)];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  // Some stores keep whole seconds.
  if (!DATE.test(read) && Math.abs(from - to) < 1000 && /Z|[+-]\d{2}:?\d{2}$/i.test(read)) return null;
  return Math.abs(from - to) <= 2 * DAY_MS ? damage : null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function idDamage(sent: string, read: string): Damage | null {
  if (!UUID.test(sent) || sent.toLowerCase() === read.toLowerCase()) return null;
  const bare = (text: string) => text.toLowerCase().replaceAll("-", "");
  const isPart = read.length >= 6 && (bare(sent).startsWith(bare(read)) || bare(sent).endsWith(bare(read)));
  return isPart ? { code: "BOUNDARY-017", message: `${sent} became ${read}` } : null;
}

function textDamage(sent: string, read: string): Damage | null {
  const plain = (text: string) => text.normalize("NFC").replaceAll("\r\n", "\n");
  if (plain(sent) === plain(read)) return null;
  // Trimming and lower case are what people do to names and addresses on purpose.
  if (plain(sent).trim().toLowerCase() === plain(read).trim().toLowerCase()) return null;
  const bones = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const [from, to] = [bones(sent), bones(read)];
  const isKin = to !== "" && to.length >= 3 && (from === to || from.startsWith(to) || to.startsWith(from));
  return isKin ? { code: "BOUNDARY-016", message: `${shown(sent)} became ${shown(read)}` } : null;
}

function shown(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  if (isRecord(value) || Array.isArray(value)) return "an object";
  return JSON.stringify(value);
}
