// Lays the branch of service `a` into the output folder again and again, until it is killed.

import { finishLaying, layService } from "../../../src/pipeline/code/lay.ts";
import { bringOutput, tipOf } from "../../../src/pipeline/code/store.ts";
import { openCode } from "./store.ts";

const code = await openCode(process.argv[2] ?? "");
const { tip, standing } = await bringOutput(code, "a", await tipOf(code, "a"));
process.stdout.write("begins\n");
await layService(code, "a", { tip, standing });
await finishLaying(code);
