import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import type { Ask } from "./draft.ts";
import { enumValues, isBare } from "./types.ts";
import { snake } from "./words.ts";

/** What the last words of a field's name commonly mean. The first that fits counts. */
const MEANINGS: [pattern: RegExp, type: string][] = [
  [/^(?:is|has|can)_[a-z]/, "boolean"],
  [/^(?:active|enabled|disabled|verified)$/, "boolean"],
  [/_at$|^timestamp$|^(?:date_?time)$/, "datetime"],
  [/(?:^|_)date$|^(?:birthday|date_of_birth|dob)$/, "date"],
  [/(?:^|_)(?:quantity|qty|count)$|^(?:stock|age)$/, "integer"],
  [/(?:^|_)(?:amount|price|total|subtotal|cost|balance)$|^(?:tax_rate|rating|latitude|longitude|lat|lng)$/, "decimal"],
  [/(?:^|_)email$/, "email"],
  [/(?:^|_)url$/, "url"],
];

/** Written down by the service when it happens: `approved_by`, `posted_at`. */
const RECORDED =
  /^(?:created|updated|modified|deleted|submitted|approved|rejected|posted|reversed|voided|opened|closed|locked|cancelled|canceled|completed|paid|refunded|sent|delivered|shipped|read|published|archived|performed|processed|reviewed|verified|resolved|failed|last_login|logged_in)_(?:at|by|on)$/;

/**
 * An entity whose fields the PRD gives by name only gets the types that the names commonly have, with one question about
 * all of them; what has any type stays as written. What is recorded later is nothing that a client has to send.
 */
export function typedByNames(entity: OutlineEntity, ask: Ask): OutlineEntity {
  if (entity.fields.length < 2 || !entity.fields.every(isNameOnly)) return entity;
  const fields = entity.fields.map(typed);
  const read = fields.flatMap((field, index) =>
    field === entity.fields[index] ? [] : [`${field.name} ${field.type}`],
  );
  if (read.length === 0) return entity;
  ask(
    `entity ${entity.name}`,
    `Which types do the fields of ${entity.name} have? The PRD gives their names only; read from the names: ${read.join(", ")}; text otherwise.`,
    entity.line,
  );
  return { ...entity, fields };
}

/** A list in parentheses or brackets after a name says which values there are, or that there are many, not the types of all others. */
function isNameOnly({ type, required, description }: Field): boolean {
  return required && description === "" && (isBare(type) || type === "array" || enumValues(type) !== undefined);
}

function typed(field: Field): Field {
  if (!isBare(field.type)) return field;
  const name = snake(field.name);
  const type = MEANINGS.find(([pattern]) => pattern.test(name))?.[1];
  if (RECORDED.test(name)) {
    const isFirst = /^(?:created|updated)_(?:at|on)$/.test(name);
    return { ...field, type: type ?? field.type, required: isFirst, description: "Set by the service." };
  }
  return type === undefined ? field : { ...field, type };
}
