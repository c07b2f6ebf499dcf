import { answerBatches } from "../lib/threads.ts";
import { examineBatch } from "./pool.ts";

// The entry of a scanning thread.
answerBatches(examineBatch);
