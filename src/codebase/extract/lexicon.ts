import type { Language } from "../../source/languages.ts";

/** What reading references of a language needs to know of its words and quotes. */
export interface Lexicon {
  /** Words that are no names. */
  keywords: ReadonlySet<string>;
  /** Those that are names after all when they are called. */
  contextual: ReadonlySet<string>;
  hash_comments: boolean;
  slash_comments: boolean;
  /** Quotes that open a string; a backtick of Go is raw, one of JavaScript a template. */
  triple: boolean;
  backtick: "template" | "raw" | null;
  regex: boolean;
  /** `name: value` in braces names a key, `name = value` in parentheses an argument. */
  colon_keys: boolean;
  equals_arguments: boolean;
}

const words = (text: string) => new Set(text.split(" "));

const SCRIPT: Lexicon = {
  keywords: words(
    "break case catch class const continue debugger default delete do else export extends finally for function if import in instanceof new return switch throw try typeof var void while with yield let static async await of get set enum implements interface type declare namespace module abstract as is keyof readonly infer asserts satisfies public private protected override true false null undefined any unknown never string number boolean object symbol bigint from require NaN Infinity arguments",
  ),
  contextual: words("get set of from type static declare namespace module is as abstract readonly async"),
  hash_comments: false,
  slash_comments: true,
  triple: false,
  backtick: "template",
  regex: true,
  colon_keys: true,
  equals_arguments: false,
};

const LEXICONS: Readonly<Record<Language, Lexicon>> = {
  python: {
    keywords: words(
      "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield int str float bool bytes dict list set tuple object print len range isinstance",
    ),
    contextual: new Set(),
    hash_comments: true,
    slash_comments: false,
    triple: true,
    backtick: null,
    regex: false,
    colon_keys: false,
    equals_arguments: true,
  },
  typescript: SCRIPT,
  javascript: SCRIPT,
  go: {
    keywords: words(
      "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false iota string int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 complex64 complex128 byte rune bool error any append cap close complex copy delete len make panic print println recover",
    ),
    contextual: new Set(),
    hash_comments: false,
    slash_comments: true,
    triple: false,
    backtick: "raw",
    regex: false,
    colon_keys: true,
    equals_arguments: false,
  },
  java: {
    keywords: words(
      "abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new package private protected public return short static strictfp switch synchronized throw throws transient try void volatile while true false null var record sealed permits yield String Object Integer Long Boolean Double Float Override",
    ),
    contextual: new Set(),
    hash_comments: false,
    slash_comments: true,
    triple: true,
    backtick: null,
    regex: false,
    colon_keys: false,
    equals_arguments: false,
  },
};

export function lexiconOf(language: Language): Lexicon {
  return LEXICONS[language];
}
