// Indexes a folder in a process of its own: node --import tsx index-process.ts FOLDER INDEX
import { createBuiltinCodebase } from "../../src/codebase/builtin.ts";

const [root = "", index = ""] = process.argv.slice(2);
const codebase = createBuiltinCodebase({ root, index });
const report = await codebase.index({
  onProgress: (_path, done, total) => void process.stdout.write(`progress ${done} ${total}\n`),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
codebase.close();
