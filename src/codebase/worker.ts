import { answerBatches } from "../lib/threads.ts";
import { readBatch } from "./index/read-code.ts";

// The entry of an indexing thread.
answerBatches(readBatch);
