import type { Field } from "../../model/domain-model.ts";
import { enumValues, fromDescription, isTyped } from "./fields.ts";
import { parseShape } from "./shapes.ts";
import type { CodeBlock } from "./tree.ts";

export interface CodeType {
  name: string;
  fields: Field[];
  /** Lines below the start of the code. */
  offset: number;
}

/** Types declared in a code block: TypeScript interfaces and types, Prisma models, structs, classes with plain fields. */
export function codeTypes(code: string): CodeType[] {
  return [
    ...code.matchAll(
      /^\s*(?:export\s+)?(?:interface|type|model|class|struct|entity|message)\s+(\w+)[^{\n]{0,80}\{([^}]*)\}/gm,
    ),
  ].flatMap((match) => {
    const fields = codeFields(match[2] ?? "");
    return fields.length === 0
      ? []
      : [{ name: match[1] ?? "", fields, offset: lineBreaks(code.slice(0, match.index + match[0].search(/\S/))) }];
  });
}

/** The fields that a JSON sample of one record shows; [] for other code. */
export function sampleFields(block: CodeBlock): Field[] {
  if (!/^(?:json5?|jsonc)?$/.test(block.lang) || !/^\s*\{/.test(block.value)) return [];
  const shape = parseShape(block.value);
  return shape?.kind !== "object"
    ? []
    : shape.fields.map((field) => ({
        name: field.name,
        type: field.shape.kind === "scalar" ? field.shape.type : field.shape.kind,
        required: !field.optional,
        description: field.note,
      }));
}

/**
 * Fields written one per line: "id    UUID", "email  string (unique)", "total: decimal,", "`id`  uuid PK". [] when most lines
 * are something else.
 */
export function codeFields(code: string): Field[] {
  const lines = code
    .split("\n")
    .slice(0, 500)
    .map((line) =>
      line
        .replace(/(?:\/\/|\s#|--\s).*$/, "")
        .replace(/[;,]\s*$/, "")
        .trim(),
    )
    .filter(
      (line) =>
        line !== "" &&
        !/^(?:[{}()[\]]+|@.*|@@.*|\/\*.*|\*.*|(?:export |public |private )?(?:interface|type|model|class|struct|entity|table)\b.*)$/i.test(
          line,
        ),
    );
  const fields = lines.map(lineField);
  const read = fields.filter((each) => each !== null);
  const typed = read.filter((field) => isTyped(field.type) || /[<[]|^\p{Lu}\p{L}+$/u.test(field.type)).length;
  return read.length >= 2 && read.length >= lines.length * 0.8 && typed >= read.length * 0.6 ? read : [];
}

function lineBreaks(text: string): number {
  return text.split("\n").length - 1;
}

function lineField(line: string): Field | null {
  const match =
    /^(?:(?:public|private|readonly|\*|-|\+)\s+)*["'`]?([A-Za-z_]\w*(?:\[\])?)["'`]?(\?)?(?:\s*:\s*|\s+)(\S.*)$/.exec(
      line,
    );
  if (match === null) return null;
  const name = match[1] ?? "";
  const rest = (match[3] ?? "").trim();
  if (!/^[A-Za-z(<["'`]/.test(rest) || /^(?:is|are|the|to|and|of|=>|->)\b/.test(rest) || rest.split(" ").length > 14)
    return null;
  const union = enumValues(rest, "");
  const field = fromDescription(name, union.length >= 2 ? `enum [${union.join(", ")}]` : rest);
  const written = /^[A-Za-z][\w.]*(?:<[^>]*>|\[[^\]]*\])*\??/.exec(rest)?.[0];
  const type =
    field.type === "string" && written !== undefined && !/^str/i.test(rest) ? written.replace(/\?$/, "") : field.type;
  return { ...field, type, required: field.required && match[2] === undefined && !/\?(?:\s|$)/.test(rest) };
}
