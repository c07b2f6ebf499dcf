/** Hosts of URLs, targets of gRPC and of upstreams. */
export const HOSTS =
  /\b(?:https?|lb|grpc|dns|ws|discovery):\/{2,3}(?:[^\s/@"'`]{1,60}@)?([A-Za-z][A-Za-z0-9_-]{1,60})(?=[.:/"'`\s;,)]|$)|["'`\s=]([a-z][a-z0-9-]{1,60}):\d{2,5}(?=["'`/\s;,]|$)/gm;
/** Settings named after who they point to: USERS_SERVICE_URL, users_base_url, usersServiceUrl. */
export const SETTINGS =
  /\b([A-Z][A-Z0-9_]{1,60})_(?:URL|URI|HOST|HOSTNAME|ADDR|ADDRESS|ENDPOINT|TARGET|GRPC)\b|\b([a-z][a-z0-9_]{1,60})_(?:url|uri|host|addr|address|endpoint|target)\b|\b([a-z][A-Za-z0-9]{1,60})(?:Url|URL|Uri|Host|Addr|Address|Endpoint)\b/g;

/** `USERS_SERVICE`, `usersService`, `users-svc` and `users` are one. */
export function plainName(name: string): string {
  const flat = name
    .replace(/([a-z0-9])(?=[A-Z])/g, "$1-")
    .toLowerCase()
    .replaceAll("_", "-");
  return flat.replace(/(-base|-api)$/, "").replace(/-?(service|svc|server|api|app|backend|ms)$/, "") || flat;
}
