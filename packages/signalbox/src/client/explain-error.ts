// What an error says in words. Bundles for pages have numbers in place of texts, `#12(topicName)`; the words are loaded when
// somebody asks for them.

/**
 * The message of an error in full: in pages, where messages are numbers, with the texts loaded now; elsewhere as it is. Never
 * rejects for an error that is not ours.
 */
export async function explainError(error: unknown): Promise<string> {
  const message = error instanceof Error ? error.message : String(error);
  const { ERROR_TEXTS } = await import('./error-texts.ts');
  return inWords(message, ERROR_TEXTS);
}

/** `#12(a)(b)` is text 12 with `a` and `b` at `{0}` and `{1}`; the same within them. A number without a text stays. */
export function inWords(message: string, texts: readonly string[]): string {
  let words = '';
  let at = 0;
  for (const match of message.matchAll(/#(\d+)/g)) {
    const text = texts[Number(match[1])];
    if (text === undefined || match.index < at) continue;
    words += message.slice(at, match.index);
    at = match.index + match[0].length;
    const values: string[] = [];
    for (let end = endOfValue(message, at); end > 0; end = endOfValue(message, at)) {
      values.push(inWords(message.slice(at + 1, end), texts));
      at = end + 1;
    }
    words += text.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '');
  }
  return words + message.slice(at);
}

/** Where the bracket closes that opens here; 0 when none opens. */
function endOfValue(message: string, start: number): number {
  let depth = 0;
  for (let at = start; at < message.length; at++) {
    if (message[at] === '(') depth++;
    else if (message[at] === ')') depth--;
    if (depth === 0) return at > start ? at : 0;
  }
  return 0;
}
