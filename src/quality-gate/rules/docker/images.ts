/** Images that start as another user than root. */
const UNPRIVILEGED =
  /nonroot|rootless|unprivileged|chiseled|distroless-extra|^cgr\.dev\/|(^|\/)bitnami\/|nanoserver|^registry\.(access\.)?redhat\.(com|io)\/ubi\d\/(nodejs|python|openjdk|go-toolset|ruby|php|nginx|httpd|dotnet)|(^|\/)(jenkins\/jenkins|keycloak\/keycloak|grafana\/grafana|prom\/[\w-]+|elasticsearch\/elasticsearch|kibana\/kibana|nginxinc\/[\w-]*unprivileged|apache\/kafka|confluentinc\/cp-[\w-]+|opensearchproject\/[\w-]+|sonarqube|varnish)(:|@|$)/i;

/** Official images that are a server: they run without a CMD of one's own. */
const SERVER =
  /(^|\/)(nginx|nginx-unprivileged|httpd|caddy|traefik|haproxy|tomcat|jetty|postgres|mysql|mariadb|mongo|redis|valkey|memcached|rabbitmq|nats|elasticsearch|wordpress|keycloak|minio|varnish|php-apache)$/i;

/** Official images whose entry point hands over to an unprivileged user of their own. */
const STEPS_DOWN =
  /^(docker\.io\/)?(library\/)?(postgres|mysql|mariadb|mongo|redis|valkey|memcached|rabbitmq|cassandra|influxdb)$/i;

/** An image reference in its parts (https://pkg.go.dev/github.com/distribution/reference). */
export function imageReference(reference: string): { name: string; tag: string; digest: string } {
  const [named = "", digest = ""] = reference.split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/")
    ? { name: named.slice(0, colon), tag: named.slice(colon + 1), digest }
    : { name: named, tag: "", digest };
}

/** Whether containers of an image do not run as root, as far as its name tells. */
export function startsUnprivileged(reference: string): boolean {
  return UNPRIVILEGED.test(reference);
}

/** Whether an image's own entry point drops root before it serves. */
export function stepsDown(reference: string): boolean {
  return STEPS_DOWN.test(imageReference(reference).name);
}

/** Whether an image serves without a CMD of the Dockerfile. */
export function isServerImage(reference: string): boolean {
  const { name, tag } = imageReference(reference);
  return SERVER.test(name) || (/(^|\/)php$/.test(name) && /apache|fpm/.test(tag));
}
