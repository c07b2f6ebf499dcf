import { defineRule, perFile } from "../../rule.ts";
import { composeServices } from "./compose.ts";
import { workloadsIn } from "./kubernetes.ts";

const DANGEROUS =
  /^(CAP_)?(ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|SYS_RAWIO|DAC_READ_SEARCH|NET_ADMIN|BPF|SYS_BOOT|MAC_ADMIN|MAC_OVERRIDE)$/i;

export default defineRule({
  code: "DOCKER-008",
  title: "Dangerous capability",
  severity: "high",
  category: "docker",
  why: "These capabilities lead out of the container: mounting, loading modules, reading the memory of other processes.",
  fix: "Remove it from cap_add, and add nothing but the narrow capability that is needed.",
  files: ["compose", "text"],
  detect: perFile(["cap_add", "capabilities"], function* (file) {
    for (const { name, get } of composeServices(file))
      for (const { value, line, column } of get("cap_add")?.items ?? [])
        if (DANGEROUS.test(String(value)))
          yield {
            line,
            column,
            service: name,
            message: `Service ${name} adds ${String(value)}.`,
            key: `${name} ${String(value)}`,
          };
    for (const { kind, name, containers } of workloadsIn(file))
      for (const container of containers)
        for (const { value, line, column } of container.added)
          if (DANGEROUS.test(String(value))) {
            const message = `Container ${container.name} of ${kind} ${name} adds ${String(value)}.`;
            const fix = "Remove it from capabilities.add, and add nothing but the narrow capability that is needed.";
            yield { line, column, service: name, message, fix, key: `${name} ${container.name} ${String(value)}` };
          }
  }),
  bad: [
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    cap_add:\n      - SYS_ADMIN\n" },
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    cap_add: [ALL]\n" },
    {
      file: "k8s/api.yaml",
      code: "apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n    - name: api\n      securityContext: {capabilities: {add: [SYS_ADMIN]}}\n",
    },
  ],
  good: [
    {
      file: "docker-compose.yml",
      code: "services:\n  api:\n    image: api:1\n    cap_add: [NET_BIND_SERVICE]\n    cap_drop: [ALL]\n",
    },
  ],
});
