/** A media type without its parameters, in lower case. */
export function bareType(mediaType: string): string {
  return mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Whether a media type carries JSON: application/json and every +json. */
export function isJsonType(mediaType: string): boolean {
  const bare = bareType(mediaType);
  return bare === "application/json" || bare.endsWith("+json") || bare === "text/json";
}

/** The documented media type that a header names: exact before ranges; without a header only what takes anything. */
export function pickMediaType(documented: readonly string[], header: string): string | undefined {
  const type = bareType(header);
  return (
    documented.find((key) => bareType(key) === type) ??
    documented.find(
      (key) => bareType(key) !== "*/*" && bareType(key).endsWith("/*") && type.startsWith(bareType(key).slice(0, -1)),
    ) ??
    documented.find((key) => bareType(key) === "*/*")
  );
}

/** The documented status that an answer falls under: exact before its range (4XX), and those before `default`. */
export function pickStatus(documented: readonly string[], status: number): string | undefined {
  const named = (name: string) => documented.find((one) => one.toUpperCase() === name);
  return named(String(status)) ?? named(`${Math.floor(status / 100)}XX`) ?? named("DEFAULT");
}
