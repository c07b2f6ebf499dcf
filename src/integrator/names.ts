/** A property's name in comparable form: `account_id`, `accountId` and `account-id` are the same property. */
export function comparable(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
