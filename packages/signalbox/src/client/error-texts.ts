// The texts behind the numbers which a bundle for pages has in their place: the build writes them into its copy of this file.

export const ERROR_TEXTS: readonly string[] = [];
