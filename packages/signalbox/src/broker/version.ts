/** The version of the package, for those who watch a broker from outside. A test compares it with package.json. */
export const VERSION = '0.1.0';
