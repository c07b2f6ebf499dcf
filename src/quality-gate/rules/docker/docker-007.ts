import { defineRule, perFile } from "../../rule.ts";
import { composeFile, type Setting } from "./compose.ts";
import { workloadsIn } from "./kubernetes.ts";

export default defineRule({
  code: "DOCKER-007",
  title: "Host network",
  severity: "warning",
  category: "docker",
  why: "The container reaches everything that listens on the host's loopback, and every port of it is open.",
  fix: "Use a Compose network and publish the ports that are needed.",
  files: ["compose", "text"],
  detect: perFile(["host"], function* (file) {
    const { services, networks } = composeFile(file);
    const hostNetworks = new Set([...networks].filter(([, network]) => isHost(network)).map(([name]) => name));
    for (const { name, get } of services) {
      const mode = get("network_mode") ?? get("net");
      const attached = hostNetworks.size > 0 ? get("networks") : undefined;
      const names = [...(attached?.items ?? []).map(({ value }) => String(value)), ...(attached?.entries.keys() ?? [])];
      const setting = mode?.value === "host" ? mode : names.some((one) => hostNetworks.has(one)) ? attached : undefined;
      if (!setting) continue;
      const { line, column } = setting;
      yield { line, column, service: name, message: `Service ${name} shares the host's network.`, key: name };
    }
    for (const { kind, name, hostNetwork } of workloadsIn(file))
      if (hostNetwork?.value === true) {
        const { line, column } = hostNetwork;
        const fix = "Remove hostNetwork, and reach the pods by a Service.";
        yield { line, column, service: name, message: `${kind} ${name} shares the host's network.`, fix, key: name };
      }
  }),
  bad: [
    { file: "compose.yaml", code: 'services:\n  api:\n    image: api:1\n    network_mode: "host"\n' },
    {
      file: "k8s/api.yaml",
      code: "apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec:\n  hostNetwork: true\n  containers: [{name: api, image: api:1}]\n",
    },
  ],
  good: [{ file: "compose.yaml", code: "services:\n  api:\n    image: api:1\n    networks: [backend]\n" }],
});

/** A network declared here that is Docker's own network named host. */
function isHost({ entries }: Setting): boolean {
  const external = entries.get("external");
  const name = external?.entries.get("name") ?? (external?.value === true ? entries.get("name") : undefined);
  return name?.value === "host" || entries.get("driver")?.value === "host";
}
