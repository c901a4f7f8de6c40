/** Who may connect, publish and subscribe. */
import type { OptionTable } from './option.ts';

export const ACCESS_OPTIONS = [] as const satisfies OptionTable;
