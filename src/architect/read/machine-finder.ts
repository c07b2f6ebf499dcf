import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import { type Document, serviceOf } from "./document.ts";
import { enumValues } from "./fields.ts";
import { entityKey, key, plain } from "./text.ts";
import { type Steps, statesOf } from "./transitions.ts";
import { ancestry, type Section } from "./tree.ts";

/** Names of fields that hold a state. */
export const STATE_FIELD = /^(?:status|state|lifecycle_?state|current_?state)$|_(?:status|state)$|(?:Status|State)$/;

/** Finds the entity that a heading or label is about. */
export class Finder {
  readonly #byKey: Map<string, OutlineEntity>;
  readonly entities: readonly OutlineEntity[];
  readonly document: Document;
  /** Every value of every enum, so that states of several words are known. */
  readonly states: Set<string>;

  constructor(entities: readonly OutlineEntity[], document: Document) {
    this.entities = entities;
    this.document = document;
    this.#byKey = new Map(entities.map((entity) => [entityKey(entity.name), entity]));
    this.states = new Set(
      entities
        .flatMap((entity) => entity.fields.flatMap((field) => enumValues(field.type, "")))
        .map((state) => state.toLowerCase()),
    );
  }

  named(text: string): OutlineEntity | null {
    return this.#byKey.get(entityKey(text)) ?? null;
  }

  /** "User Account Status State Machine" is about User when there is no UserAccount. */
  titled(title: string): OutlineEntity | null {
    const words = plain(title)
      .replace(/\([^)]*\)/g, " ")
      .replace(
        /\b(?:state|status|machines?|transitions?|diagrams?|life-?cycles?|flows?|workflow|rules|model|entity|table|matrix|allowed|valid|the|for|of|and)\b/gi,
        " ",
      )
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== "");
    for (let length = words.length; length > 0; length -= 1)
      for (let start = 0; start + length <= words.length; start += 1) {
        const found = this.named(words.slice(start, start + length).join(" "));
        if (found !== null) return found;
      }
    return null;
  }

  /** "Payment statuses" is about PaymentOrder when no other entity is called after payments. */
  abbreviated(title: string): OutlineEntity | null {
    const word = /^\p{L}[\p{L}\p{N}]*/u.exec(plain(title))?.[0] ?? "";
    if (word.length < 4 || /^(?:state|status|transition|allowed|valid|life)/i.test(word)) return null;
    const fitting = this.entities.filter((entity) => {
      const head = entity.name.slice(0, word.length);
      return head.toLowerCase() === word.toLowerCase() && /^\p{Lu}/u.test(entity.name.slice(word.length));
    });
    const [only] = fitting;
    return fitting.length === 1 && only !== undefined ? only : null;
  }

  /** The entity around a section: the nearest heading that names one. */
  around(section: Section): OutlineEntity | null {
    for (const each of ancestry(section)) {
      const found = this.titled(each.title);
      if (found !== null) return found;
    }
    return null;
  }

  /** The one entity, of this service or of all, whose status values are these states. */
  byStates(steps: Steps, section: Section): OutlineEntity | null {
    const states = new Set(statesOf(steps).map(key));
    const service = serviceOf(section, this.document);
    const fitting = this.entities.filter(
      (entity) =>
        (service === null || entity.owner === service) && entity.fields.some((field) => overlap(field, states) === 1),
    );
    const [only] = fitting;
    if (fitting.length === 1 && only !== undefined) return only;
    return fitting.length === 0 ? this.#onlyStateful(service, section) : null;
  }

  /** The only entity with a free status field: most likely the one a nameless machine is about; asked all the same. */
  #onlyStateful(service: string | null, section: Section): OutlineEntity | null {
    const stateful = this.entities.filter(
      (entity) =>
        (service === null || entity.owner === service) &&
        entity.fields.some((field) => STATE_FIELD.test(field.name) && enumValues(field.type, "").length === 0),
    );
    const [only] = stateful;
    if (stateful.length !== 1 || only === undefined) return null;
    this.document.doubt(
      `state machine of ${only.name}`,
      `Is the state machine "${plain(section.title)}" about ${only.name}? The PRD does not say.`,
      section.line,
    );
    return only;
  }
}

/** Share of the states that a field's enum lists; 0 for a field without an enum. */
export function overlap(field: Field, states: ReadonlySet<string>): number {
  const values = new Set(enumValues(field.type, "").map(key));
  return values.size === 0 || states.size === 0
    ? 0
    : [...states].filter((state) => values.has(state)).length / states.size;
}
