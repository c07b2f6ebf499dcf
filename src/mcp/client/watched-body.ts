/**
 * The same stream of server-sent events, telling once when it has ended, whichever way, and whether it could be resumed:
 * the server gave an event an id.
 */
export function watchedBody(
  body: ReadableStream<Uint8Array>,
  onEnd: (end: { resumable: boolean }) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let resumable = false;
  let before = "\n";
  const look = (chunk: Uint8Array) => {
    if (resumable) return;
    const text = before + decoder.decode(chunk, { stream: true });
    resumable = /[\r\n]id:/.test(text);
    before = text.slice(-3);
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          look(value);
          return controller.enqueue(value);
        }
        controller.close();
      } catch (cause) {
        controller.error(cause);
      }
      onEnd({ resumable });
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
