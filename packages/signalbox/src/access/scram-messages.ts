/** The messages of a SCRAM client (RFC 5802 §7). Whatever comes in is parsed or undefined; nothing throws. */

export interface ClientFirst {
  /** `n,,` or `y,,` with an authorisation identity, as it was sent: the second message repeats it. */
  readonly gs2Header: string;
  /** Who the client wants to act as; undefined: itself. */
  readonly authorizationId: string | undefined;
  readonly username: string;
  readonly nonce: string;
  readonly bare: string;
}

export interface ClientFinal {
  /** The GS2 header, in base64. */
  readonly channelBinding: string;
  readonly nonce: string;
  readonly proof: Buffer;
  readonly withoutProof: string;
}

/** Longer messages are no messages of SCRAM. */
const LONGEST_BYTES = 2_048;
const NONCE = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * `n` and `y` are the same here, as channel binding is not offered: a client that could bind may go on without. One that
 * insists (`p`) is refused, and so are extensions that must be understood (`m`).
 */
export function readClientFirst(data: Uint8Array): ClientFirst | undefined {
  const text = readText(data);
  const found =
    text === undefined ? null : /^([ny],(?:a=([^,]*))?,)(n=([^,]*),r=([^,]*)(?:,[A-Za-z]=[^,]+)*)$/.exec(text);
  if (found === null) return undefined;
  const [, gs2Header = '', identity, bare = '', name = '', nonce = ''] = found;
  const username = readName(name);
  const authorizationId = identity === undefined ? undefined : readName(identity);
  if (username === undefined || username === '' || !NONCE.test(nonce)) return undefined;
  if (identity !== undefined && authorizationId === undefined) return undefined;
  return { gs2Header, authorizationId, username, nonce, bare };
}

export function readClientFinal(data: Uint8Array): ClientFinal | undefined {
  const text = readText(data);
  const found = text === undefined ? null : /^(c=([^,]*),r=([^,]*)(?:,[A-Za-z]=[^,]+)*?),p=([^,]*)$/.exec(text);
  if (found === null) return undefined;
  const [, withoutProof = '', channelBinding = '', nonce = '', proof = ''] = found;
  if (!BASE64.test(channelBinding) || !BASE64.test(proof) || !NONCE.test(nonce)) return undefined;
  return { channelBinding, nonce, proof: Buffer.from(proof, 'base64'), withoutProof };
}

function readText(data: Uint8Array): string | undefined {
  if (data.length > LONGEST_BYTES) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}

/** `=2C` is a comma and `=3D` an equals sign; another `=` is no name. */
function readName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
