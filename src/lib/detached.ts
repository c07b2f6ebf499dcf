/**
 * The same string with memory of its own. A slice of a text keeps the whole text alive: what is remembered longer than
 * the text must not be one.
 */
export function detached(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
