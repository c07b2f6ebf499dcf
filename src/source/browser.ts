import type { SourceFile } from "./source-file.ts";

/** Components and pages, and scripts that touch the page they are on. */
export function isForBrowser({ path, text }: SourceFile): boolean {
  return (
    /\.[jt]sx$|(^|\/)(frontend|public|static|assets|browser)\//.test(path) ||
    /\b(document\.(querySelector|getElementById|createElement|addEventListener)|window\.(location|addEventListener)|localStorage\.|sessionStorage\.)|^["']use client["']/m.test(
      text,
    )
  );
}
