// SASLprep (RFC 4013), as far as passwords and user names need it: different ways to type the same text become one. The
// rules about writing directions are left out: they forbid, and make nothing equal.

/** Characters that are commonly mapped to nothing (RFC 3454, B.1). */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200b|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
const OTHER_SPACES = /\p{Zs}/gu;
/** Controls, private use, surrogates, what is no character, and what changes how text is shown. */
const PROHIBITED =
  /\p{Cc}|\p{Co}|\p{Cs}|\p{Zl}|\p{Zp}|[\ufff9-\uffff]|[\u2ff0-\u2ffb]|\u0340|\u0341|\u200e|\u200f|[\u202a-\u202e]|[\u206a-\u206f]/u;

/** Undefined when the text has characters that must not be in it. */
export function saslPrep(text: string): string | undefined {
  const prepared = text.replace(NOTHING, '').replace(OTHER_SPACES, ' ').normalize('NFKC');
  return PROHIBITED.test(prepared) ? undefined : prepared;
}
