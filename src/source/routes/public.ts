/** Reading these is for everybody: nothing in them belongs to anyone. */
const READABLE =
  /^(health.*|ready|readyz|readiness|alive|live|livez|liveness|ping|metrics|prometheus|status|version|info|docs?|redoc|api-?docs|openapi.*|swagger.*|static|assets|public|favicon.*|robots.*|\.well-known|jwks.*|csrf.*|actuator|up)$/;
/** Callers of these cannot have credentials yet, or bring other proof. */
const ENTRANCE =
  /^((client|user|admin)?log-?_?in.*|sign-?_?in|log-?_?out|sign-?_?out|register|registration|sign-?_?up|tokens?|refresh.*|forgot.*|reset.*|password.*|.*-password|verify.*|confirm.*|activat.*|callbacks?|oauth2?|auth|authenticate|authentication|sso|saml|oidc|public|\.well-known|_events|contact.*|newsletter.*|subscribe|unsubscribe|csrf.*|graphql|graphiql|sessions?|otp|mfa|2fa|magic-link|csp-report|introspect|revoke|health.*|metrics|ping)$/;
const PRIVATE =
  /^(admin|users?|accounts?|me|profiles?|orders?|payments?|invoices?|customers?|internal|settings|sessions?)$/;
const PARAMETER = /^([:{<[].*|\*.*)$/;

/** Whether a path is one that cannot ask for credentials, or that everybody may call. */
export function isPublicPath(method: string, path: string): boolean {
  const segments = segmentsOf(path);
  if (segments.length === 0) return method === "GET" || method === "ANY";
  const parameter = segments.findIndex((segment) => PARAMETER.test(segment));
  // /orders/{id}/confirm works on somebody's order, /confirm/{token} does not.
  const before = parameter === -1 ? segments : segments.slice(0, parameter);
  if (before.some((segment) => ENTRANCE.test(segment))) return true;
  return (
    method !== "DELETE" && (method === "GET" || method === "ANY") && before.some((segment) => READABLE.test(segment))
  );
}

/** Whether reading a path is never meant for everybody. */
export function isPrivatePath(path: string): boolean {
  return segmentsOf(path).some((segment) => PRIVATE.test(segment));
}

function segmentsOf(path: string): string[] {
  // {BASE} is a constant of another file.
  return path
    .replace(/\{[A-Z][A-Z0-9_]*\}/g, "")
    .toLowerCase()
    .split("/")
    .filter((segment) => segment !== "" && !/^(api|v\d+|rest)$/.test(segment));
}
