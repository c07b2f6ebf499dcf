/** What the tests go through. The builder replaces this file by the operations of the service's contract. */
export const healthPath = "/health";
export const consumed = [];
export const entities = {};
export const operations = [];
export const subscriptions = [];
