import { defineRule, perFile } from "../../rule.ts";
import { composeServices } from "./compose.ts";
import { workloadsIn } from "./kubernetes.ts";

export default defineRule({
  code: "DOCKER-006",
  title: "Privileged container",
  severity: "critical",
  category: "docker",
  why: "A privileged container has every device and capability of the host: whoever enters it owns the machine.",
  fix: "Remove privileged, and add the single capability or device that is needed.",
  files: ["compose", "text"],
  detect: perFile(["privileged"], function* (file) {
    for (const { name, get } of composeServices(file)) {
      const setting = get("privileged");
      if (setting && /^(true|yes|on)$/i.test(String(setting.value)))
        yield {
          line: setting.line,
          column: setting.column,
          service: name,
          message: `Service ${name} runs privileged.`,
          key: name,
        };
    }
    for (const { kind, name, containers } of workloadsIn(file))
      for (const { name: container, privileged } of containers)
        if (privileged?.value === true) {
          const { line, column } = privileged;
          const message = `Container ${container} of ${kind} ${name} runs privileged.`;
          yield { line, column, service: name, message, key: `${name} ${container}` };
        }
  }),
  bad: [
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    privileged: true\n" },
    {
      file: "k8s/api.yaml",
      code: "apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec:\n  containers:\n    - name: api\n      image: api:1\n      securityContext:\n        privileged: true\n",
    },
  ],
  good: [
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    privileged: false\n" },
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    # privileged: true\n" },
  ],
});
