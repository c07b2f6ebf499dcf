/**
 * Runs a piece of work once. The driver's version records the result under the key when it finishes, and gives the
 * recorded result back instead of running again after a crash. Results must survive JSON.
 */
export type Step = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Runs every time: for use outside a pipeline. */
export const unrecorded: Step = (_key, work) => work();
