/** All options of `signalbox broker`: the tables of the sections as one. */
import { ACCESS_OPTIONS } from './access-options.ts';
import { DELIVERY_OPTIONS } from './delivery-options.ts';
import { LIMIT_OPTIONS } from './limit-options.ts';
import { DEFAULT_LISTENERS, LISTENER_OPTIONS, TLS_OPTIONS } from './listener-options.ts';
import { OPERATION_OPTIONS } from './operation-options.ts';
import type { OptionTable, ValuesOf } from './option.ts';
import { objectSchema } from './schema.ts';
import { STORE_OPTIONS } from './store-options.ts';
import { type Json, list, structure, text } from './value-types.ts';

const LISTENERS = [
  {
    path: 'listeners',
    type: list(structure<Readonly<Record<string, Json>>>(objectSchema(LISTENER_OPTIONS, ['url']))),
    default: DEFAULT_LISTENERS.map((url) => ({ url })),
    help: 'Where to accept connections, each with settings of its own.',
  },
] as const satisfies OptionTable;

/** In the order in which --help and the guide show them. */
export const OPTIONS = [
  ...LISTENERS,
  ...TLS_OPTIONS,
  ...STORE_OPTIONS,
  ...ACCESS_OPTIONS,
  ...DELIVERY_OPTIONS,
  ...OPERATION_OPTIONS,
  ...LIMIT_OPTIONS,
] as const satisfies OptionTable;

export type Values = ValuesOf<typeof OPTIONS>;

/** What is asked of the command instead of running the broker, and the flags that are not options of their own. */
export const OTHER_FLAGS = {
  listen: {
    type: list(text('URL')),
    help: 'Where to accept connections; repeatable, instead of all `listeners` of the file.',
  },
  limit: {
    type: list(text('NAME=VALUE')),
    help: 'Another limit than the default; repeatable. Names and defaults: --limits.',
  },
  config: { type: text('FILE'), help: 'The YAML file to read (also SIGNALBOX_CONFIG).' },
  'test-config': {
    type: undefined,
    help: 'Say what is wrong with the configuration, or print it with what is in force, and end.',
  },
  'print-schema': { type: undefined, help: 'Print the JSON Schema of the file and end.' },
  limits: { type: undefined, help: 'Print all limits and end.' },
  help: { type: undefined, help: 'This text.' },
} as const;
