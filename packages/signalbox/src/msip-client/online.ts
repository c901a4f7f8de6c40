// Where the platform tells that there is a network again, no time is to be lost.

/** A browser's window. */
interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** Answers how to stop listening. */
export function listenForNetwork(onOnline: () => void): () => void {
  const platform = globalThis as Partial<EventSource>;
  platform.addEventListener?.('online', onOnline);
  return () => platform.removeEventListener?.('online', onOnline);
}
