/** Work of services that runs one at a time. */
export interface MergeOrder {
  /** Run `work` alone, in turn. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The same for a merge: of those that wait, a service comes after the ones it depends on. */
  merge<Result>(service: string, work: () => Promise<Result>): Promise<Result>;
}

/** `dependsOn` names the services that one calls; who waits for nobody that is ready goes first, also in a circle. */
export function mergeOrder(dependsOn: (service: string) => readonly string[]): MergeOrder {
  const waiting: { service: string; run: () => Promise<void> }[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const exclusive = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
  const merge = <Result>(service: string, work: () => Promise<Result>) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ service, run: () => work().then(resolve, reject) });
      void exclusive(async () => {
        const ready = new Set(waiting.map((one) => one.service));
        const isFree = (one: { service: string }) =>
          !reachable(one.service, dependsOn).some((other) => other !== one.service && ready.has(other));
        const index = Math.max(0, waiting.findIndex(isFree));
        await waiting.splice(index, 1)[0]?.run();
      });
    });
  return { exclusive, merge };
}

/** Everything a service depends on, directly or through others. */
function reachable(service: string, dependsOn: (service: string) => readonly string[]): string[] {
  const found = new Set<string>();
  const pending = [service];
  for (let next = pending.pop(); next !== undefined; next = pending.pop())
    for (const other of dependsOn(next))
      if (!found.has(other)) {
        found.add(other);
        pending.push(other);
      }
  return [...found];
}
