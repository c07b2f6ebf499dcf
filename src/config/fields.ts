import { z } from "zod";

/** A duration in whole seconds. */
export const seconds = (value: number) => z.number().int().positive().default(value);
