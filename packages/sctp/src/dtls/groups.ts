// The groups of the ephemeral key exchange, in the order we prefer them. RFC 8422, §5.1.1

export type Group = 'x25519' | 'secp256r1' | 'secp384r1';

export const GROUPS: Readonly<Record<Group, { readonly id: number; readonly publicKeySize: number }>> = {
  x25519: { id: 29, publicKeySize: 32 },
  secp256r1: { id: 23, publicKeySize: 65 },
  secp384r1: { id: 24, publicKeySize: 97 },
};

export const PREFERRED_GROUPS: readonly Group[] = ['x25519', 'secp256r1', 'secp384r1'];

export function groupOf(id: number): Group | undefined {
  return PREFERRED_GROUPS.find((group) => GROUPS[group].id === id);
}
