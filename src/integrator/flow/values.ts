/** Whether two values are the same data: ids may be numbers on one side and text on the other, UUIDs in either case. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return false;
  if (typeof a === "object" || typeof b === "object") return JSON.stringify(a) === JSON.stringify(b);
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const [left, right] = [String(a), String(b)];
  return left === right || (uuid.test(left) && left.toLowerCase() === right.toLowerCase());
}
