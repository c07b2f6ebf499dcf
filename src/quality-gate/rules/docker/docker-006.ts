import { defineRule, perFile } from "../../rule.ts";
import { composeServices } from "./compose.ts";

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
  }),
  bad: [{ file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    privileged: true\n" }],
  good: [
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    privileged: false\n" },
    { file: "docker-compose.yml", code: "services:\n  api:\n    image: api:1\n    # privileged: true\n" },
  ],
});
