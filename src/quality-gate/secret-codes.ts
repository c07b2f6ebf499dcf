/** Rules outside the category `secrets` whose line holds a secret: a literal signing key, a secret in an image. */
export const HOLDS_SECRET: ReadonlySet<string> = new Set(["SEC-002", "SEC-005", "DOCKER-002", "LOG-005"]);
