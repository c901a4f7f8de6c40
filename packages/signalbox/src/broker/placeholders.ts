/** `%c` and `%u` in what an operator writes: the Client Identifier and the User Name of the client it is for. */

export interface Named {
  readonly clientId: string;
  readonly username: string | undefined;
}

/** Where a topic begins, or a filter behind what stands in front of it. */
const BEGINNING = /^(\$(share|delayed)\/[^/]*\/)?$/;

/**
 * Undefined when the client has no User Name and one is asked for, or when a name has characters that mean something in
 * a topic: a client which calls itself `#` must not get everything, nor one that calls itself `$share` or `$SYS` what a topic then begins with.
 * `before` stands in front of the text.
 */
export function fillPlaceholders(text: string, { clientId, username }: Named, before = ''): string | undefined {
  if (!text.includes('%')) return text;
  let isSafe = true;
  const filled = text.replace(/%[cu]/g, (placeholder, at: number) => {
    const name = placeholder === '%c' ? clientId : username;
    if (name === undefined || name === '' || /[/+#]/.test(name)) isSafe = false;
    else if (name.startsWith('$') && BEGINNING.test(before + text.slice(0, at))) isSafe = false;
    return name ?? '';
  });
  return isSafe ? filled : undefined;
}
