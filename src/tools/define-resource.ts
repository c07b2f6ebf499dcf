import type { Context } from "../context.ts";

/** Values of a template's variables. */
export type Variables = Readonly<Record<string, string>>;

/** Something a client may read, subscribe to and attach to a conversation. */
export interface ResourceDefinition {
  name: string;
  title: string;
  /** At most 200 characters. */
  description: string;
  /** URI, or URI template (RFC 6570, level 1) when it has variables. */
  uri: string;
  mime: string;
  /** The text of one. Errors: NOT_FOUND, WRONG_STATE. */
  read(variables: Variables, ctx: Context): string | Promise<string>;
  /** Those that there are, for templates. */
  list?(
    ctx: Context,
  ): { uri: string; name: string; title: string }[] | Promise<{ uri: string; name: string; title: string }[]>;
  /** Values that a variable may have, given those before it; the caller narrows them to what was typed. */
  complete?: Readonly<Record<string, (ctx: Context, before: Variables) => string[] | Promise<string[]>>>;
}

/** An instruction a person may pick in a client. */
export interface PromptDefinition {
  name: string;
  title: string;
  description: string;
  arguments: readonly {
    name: string;
    description: string;
    required: boolean;
    complete?: (ctx: Context) => string[] | Promise<string[]>;
  }[];
  /** What the model is told; every argument that was given is a non-empty text. */
  text(given: Variables): string;
}
