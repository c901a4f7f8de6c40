// Values in one line of text: quoted, and without what a terminal takes for a command or a viewer for a line break.

const CONTROLS = /[\u007f-\u009f\u2028\u2029]/g;

/** As JSON, which leaves some such characters alone. */
export function quotedValue(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
