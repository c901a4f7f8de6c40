/** `%c` and `%u` in what an operator writes: the Client Identifier and the User Name of the client it is for. */

export interface Named {
  readonly clientId: string;
  readonly username: string | undefined;
}

/**
 * Undefined when the client has no User Name and one is asked for, or when a name has characters that mean something in
 * a topic: a client which calls itself `#` must not get everything.
 */
export function fillPlaceholders(text: string, { clientId, username }: Named): string | undefined {
  if (!text.includes('%')) return text;
  let isSafe = true;
  const filled = text.replace(/%[cu]/g, (placeholder) => {
    const name = placeholder === '%c' ? clientId : username;
    if (name === undefined || name === '' || /[/+#]/.test(name)) isSafe = false;
    return name ?? '';
  });
  return isSafe ? filled : undefined;
}
