/** Whether a path is one that others call with news, signed instead of authenticated. */
export function isWebhook(path: string): boolean {
  return /webhooks?|hooks?(\/|$)|callback|notify/i.test(path);
}
