import type { Field } from "../../model/domain-model.ts";
import { cell, columnsOf } from "./tables.ts";
import { plain, splitTop } from "./text.ts";
import type { Item, ListBlock, TableBlock } from "./tree.ts";

const NAME_COLUMN = /^(?:field|column|attribute|property|prop|member)s?(?: name)?$|^name$/;

/** Words that open a type; what follows (length, enum values, element type) stays with them. */
const TYPE_WORD =
  /^(?:uuid|guid|ulid|string|str|text|varchar|char|citext|int(?:eger)?|bigint|smallint|serial|bigserial|number|numeric|decimal|float|double|real|money|currency|bool(?:ean)?|date-?time|date|time|timestamp(?:tz)?|timestamp with time zone|duration|interval|json[b]?|object|map|dict|record|array|list|set|enum|email|url|uri|uuid\[\]|ip(?: ?address)?|inet|phone|slug|binary|blob|bytes|bytea|file|image|point|geo\w*|lat\/?lng|vector|tsvector|fk|pk|foreign key|ref(?:erence)?|reference to|iso ?8601|unix|html|markdown|password|hash|any|null|percentage|version)(?![\p{L}])/iu;

const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$.]*(?:\[\])?\??$/u;

/** Whether a type opens with a word that names one. */
export function isTyped(type: string): boolean {
  return (
    TYPE_WORD.test(type) ||
    /^(?:long|short|byte|char|double|List|Map|Set|Optional|Local\w+|Instant|BigDecimal|Date\w*|Guid|usize|[iu]\d+)\b/.test(
      type,
    )
  );
}

/** Whether a table lists fields: a name column in front and a type beside it. Parameter and variable tables do not. */
export function isFieldTable(table: TableBlock): boolean {
  const columns = columnsOf(table);
  const name = columns.find(NAME_COLUMN);
  const type = columns.find(/^(?:data )?types?$/);
  if (name !== 0 && !(name === 1 && /^(?:#|no\.?|pk|key)$/.test(columns.header[0] ?? ""))) return false;
  if (type >= 0) return (columns.header[name] ?? "") !== "name" || columns.header.length > 2;
  return (
    /^(?:field|column|attribute|property)/.test(columns.header[name] ?? "") &&
    columns.find(/^(?:constraints?|required|nullable|description|notes?)$/) >= 0 &&
    table.rows.every((row) => IDENTIFIER.test(plain(cell(row, name)).replace(/^\*/, "")))
  );
}

/** The fields of a field table. */
export function tableFields(table: TableBlock): Field[] {
  const columns = columnsOf(table);
  const name = columns.find(NAME_COLUMN);
  const type = columns.find(/^(?:data )?types?$/);
  const required = columns.find(/^(?:required\??|req(?:uired|'d)?\.?|mandatory)$/);
  const nullable = columns.find(/^(?:nullable\??|null\??|optional\??)$/);
  const notes = columns.header
    .map((_header, index) => index)
    .filter((index) => ![name, type, required, nullable].includes(index));
  return table.rows.flatMap((row) => {
    const raw = plain(cell(row, name));
    if (raw === "" || raw.length > 80 || /^\.\.\.|^…/.test(raw)) return [];
    const remarks = notes.map((index) => plain(cell(row, index))).filter((text) => text !== "");
    const said = sayRequired(plain(cell(row, required)), plain(cell(row, nullable)));
    return raw
      .split(/\s*[,/]\s*(?=[a-z_]+\s*(?:$|[,/]))/i)
      .filter((each) => each !== "")
      .map((each) => field(each, plain(cell(row, type)), remarks, said));
  });
}

function sayRequired(required: string, nullable: string): boolean | null {
  if (required !== "") return !/^(?:no|n|false|optional|0|✗|❌|✘|x)\b|^(?:✗|❌)/i.test(required);
  if (nullable !== "") return !/^(?:yes|y|true|nullable|null|optional|✓|✅|✔)/i.test(nullable);
  return null;
}

/** A field from its parts; remarks are constraint and description texts. */
function field(rawName: string, rawType: string, remarks: readonly string[], said: boolean | null): Field {
  const name = rawName
    .replace(/\?$/, "")
    .replace(/\[\]$/, "")
    .replace(/^\*|\*$/g, "")
    .trim();
  const description = remarks.join("; ");
  const type = typeOf(rawType === "" && rawName.includes("[]") ? "array" : rawType, description);
  return { name, type, required: said ?? !isOptional(`${rawName} ${rawType} ${description}`), description };
}

function isOptional(text: string): boolean {
  if (/\bnot null(?:able)?\b|\bnon-?null/i.test(text)) return false;
  return /\?(?:\s|$)|\boptional\b|\bnullable\b|\bnull if\b|\bor null\b|\|\s*null\b|\bnull allowed\b|(?:^|[;,\s])null(?:$|[;,])/i.test(
    text,
  );
}

/** The type as written; an enum's values come with it, wherever the row tells them: `enum [a, b]`. */
function typeOf(type: string, remarks: string): string {
  const written = type === "" ? "string" : type;
  const values = enumValues(written, remarks);
  return values.length >= 2 ? `enum [${values.join(", ")}]` : written;
}

/**
 * The values of an enumerated type, or []. Forms: `enum [A, B]`, `enum(a, b)`, "Enum: a, b", "Values: a, b",
 * "one of: a, b", `"a" | "b"`, and for a type that says enum also "Payment status: pending, captured".
 */
export function enumValues(type: string, remarks: string): string[] {
  const bracketed =
    /\benum\w*\s*(?:of\s*)?[:=]?\s*[[({<]([^\])}>]*)[\])}>]/i.exec(type) ??
    /\benum\w*\s*[:=]?\s*[[({<]([^\])}>]*)[\])}>]/i.exec(remarks);
  if (bracketed?.[1] !== undefined) return valuesIn(bracketed[1]);
  const union = /^(?:['"]?[\w-]+['"]?\s*\|\s*)+['"]?[\w-]+['"]?$/.exec(type.trim());
  if (union !== null && !/\bnull\b|\bstring\b|\bnumber\b/i.test(type)) return valuesIn(type.replaceAll("|", ","));
  const listed =
    /\b(?:enum|values?|one of|allowed(?: values)?|options|choices)\s*[:=]\s*([^;.]+)/i.exec(`${type}; ${remarks}`) ??
    /^enum\s+([\w-]+(?:\s*[,/|]\s*[\w-]+)+)$/i.exec(type);
  if (listed?.[1] !== undefined) return valuesIn(listed[1]);
  if (!/\benum/i.test(type)) return slashed(remarks);
  for (const part of remarks.split(";")) {
    const tail = /(?:^|:)\s*([\w-]+(?:\s*[,/|]\s*[\w-]+)+)\s*$/.exec(part);
    if (tail?.[1] !== undefined) return valuesIn(tail[1]);
  }
  return [];
}

function slashed(text: string): string[] {
  const match = /^([\w-]+(?:\s*[/|]\s*[\w-]+)+)$/.exec(text.trim());
  return match?.[1] === undefined ? [] : valuesIn(match[1]);
}

function valuesIn(text: string): string[] {
  const values = splitTop(text, ",/|")
    .map((value) =>
      value
        .replace(/["'`]/g, "")
        .replace(/\([^)]*\)/g, "")
        .trim(),
    )
    .filter((value) => value !== "" && !/^(?:etc\.?|\.\.\.|…)$/.test(value));
  return values.every((value) => /^[\p{L}\p{N}_ -]{1,40}$/u.test(value)) ? [...new Set(values)] : [];
}

/**
 * A field from a bullet: "id: UUID (primary key)", "**plate** (string, unique)", "`stops` — array of Stop", "fare decimal".
 * `strict` asks for a type word, for places where a bullet may be something else. Null when it is no field.
 */
export function bulletField(item: Item, strict: boolean): Field | null {
  const text = item.text.trim().replace(/^\[[ x]\]\s+/i, "");
  const match =
    /^(?:\*\*([^*]+)\*\*|`([^`]+)`|([\p{L}_$][\p{L}\p{N}_$]*(?:\[\])?\??))\s*(:|–|—|-{1,2}(?=\s)|(?=\()|=|\s|$)\s*(.*)$/su.exec(
      text,
    );
  if (match === null) return null;
  const marked = match[1] ?? match[2];
  const name = plain(marked ?? match[3] ?? "").replace(/:$/, "");
  if (!IDENTIFIER.test(name) && !/^[\p{L}_][\p{L}\p{N}_]* ?(?:\(?PK\)?|\*)$/u.test(name)) return null;
  const separator = /:$/.test(marked ?? "") ? ":" : (match[4] ?? "");
  const rest = plain(match[5] ?? "");
  if (rest === "") return strict ? null : field(name, "", [], null);
  const typed = readType(rest.replace(/^\(/, ""));
  if (strict && typed === null) return null;
  if (separator.trim() === "" && !rest.startsWith("(") && typed === null) return null;
  return fromDescription(name, rest);
}

/** A field from its name and the words behind it: "(string, unique)", "decimal (optional)", "UUID, primary key". */
export function fromDescription(name: string, words: string): Field {
  const inner = /^\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*(.*)$/s.exec(words);
  const text = inner === null ? words : `${inner[1] ?? ""}${(inner[2] ?? "") === "" ? "" : `, ${inner[2]}`}`;
  const slashes = slashed(text);
  if (slashes.length >= 2) return field(name, `enum [${slashes.join(", ")}]`, [], null);
  const type = readType(text);
  if (type === null) return field(name, "", [text], null);
  const rest = text
    .slice(type.length)
    .replace(/^[\s,;:–—-]+/, "")
    .replace(/^\((.*)\)$/s, "$1");
  const wholeList = /^enum\b/i.test(type) && enumValues(type, "").length < 2;
  return field(name, wholeList ? `${type} ${rest}`.trim() : type, rest === "" ? [] : [rest], null);
}

/** The type at the start of a text, with its brackets; null when the text opens with no type word. */
function readType(text: string): string | null {
  const trimmed = text.trimStart();
  const foreign = /^(?:fk|foreign key|ref(?:erence)?s?)\s*(?:to|→|->|:)?\s*`?([\p{L}][\p{L}\p{N}_.]*)`?/iu.exec(
    trimmed,
  );
  if (foreign !== null) return foreign[0];
  const word = TYPE_WORD.exec(trimmed);
  const custom =
    word === null
      ? /^\p{Lu}[\p{L}\p{N}]*\[\]|^(?:array|list) of [\p{L}]+|^\[\s*\p{L}[\p{L}\p{N}]*\s*\]/iu.exec(trimmed)
      : word;
  if (custom === null) return null;
  let end = custom[0].length;
  const bracket = /^\s*(?:[[<{][^\]>}]*[\]>}]|\(\d+(?:\s*,\s*\d+)?\))|^\s*\[\]/.exec(trimmed.slice(end));
  if (bracket !== null) end += bracket[0].length;
  else if (/^enum/i.test(custom[0]))
    end += /^\s*(?:\([^)]*\)|:[^()]*$|:[^;()]*)/.exec(trimmed.slice(end))?.[0].length ?? 0;
  else end += /^(?: of [\p{L}]+)/u.exec(trimmed.slice(end))?.[0].length ?? 0;
  return trimmed.slice(0, end).trim();
}

/** The fields of a list, or [] when the list is about something else: most of its items must read as fields. */
export function listFields(list: ListBlock, strict: boolean): Field[] {
  const read = list.items.map((item) => bulletFields(item, strict));
  const typed = list.items.filter((item) => bulletField(item, true) !== null).length;
  const told = read.filter((fields) => fields.length > 0).length;
  const enough = strict ? typed >= Math.max(1, list.items.length * 0.6) : told >= list.items.length * 0.7;
  return enough ? read.flat() : [];
}

/** One bullet may tell several fields: "`id`, `result_id`, `parent_id` (NULL = root)". */
function bulletFields(item: Item, strict: boolean): Field[] {
  if (!strict && /^`\w+`(?:\s*\([^)]*\))?\s*,\s*`\w+`/.test(item.text))
    return splitTop(item.text).flatMap((part) => {
      const match = /^`(\w+)`\s*(.*)$/s.exec(part);
      return match === null ? [] : [fromDescription(match[1] ?? "", plain(match[2] ?? ""))];
    });
  const one = bulletField(item, strict);
  return one === null ? [] : [one];
}

/** Fields written in one line: "id, rider_id, fare (decimal), stops[], status (open/closed)". */
export function inlineFields(text: string): Field[] {
  const bare = plain(text).replace(/^\{|\}$/g, "");
  return splitTop(bare, ",;").flatMap((part) => {
    const match = /^([\p{L}_$][\p{L}\p{N}_$]*(?:\[\])?\??)\s*(?::\s*|\s+|(?=\()|$)(.*)$/su.exec(
      part.replace(/^and\s+/, ""),
    );
    if (match === null) return [];
    const rest = match[2] ?? "";
    return [
      rest === "" ? field(match[1] ?? "", "", [], null) : fromDescription((match[1] ?? "").replace(/\[\]$/, ""), rest),
    ];
  });
}
