import { isIPv4, isIPv6 } from "node:net";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

const FORMATS = {
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  date: isDate,
  time: (text) => TIME.test(text),
  "date-time": (text) => isDate(text.slice(0, 10)) && /^[t ]$/i.test(text[10] ?? "") && TIME.test(text.slice(11)),
  email: isEmail,
  uri: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text),
  hostname: (text) =>
    text.length <= 253 && text.split(".").every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label)),
  ipv4: isIPv4,
  ipv6: isIPv6,
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
};

/** Whether a string has a format; formats that are not known here allow anything, as the standard says. */
export function matchesFormat(format, text) {
  return Object.hasOwn(FORMATS, format) ? FORMATS[format](text) : true;
}

function isDate(text) {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || month < "01" || month > "12") return false;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) >= 1 && Number(day) <= lastDay;
}

function isEmail(text) {
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 254) return false;
  return /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/.test(text.slice(0, at)) && isDomain(text.slice(at + 1));
}

function isDomain(text) {
  return text.includes(".") && FORMATS.hostname(text);
}
