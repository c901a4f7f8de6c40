/** What is in force, as YAML with where each line comes from; what is secret is masked. */
import { Document, isCollection, isScalar } from 'yaml';
import type { Configuration } from './configuration.ts';
import type { OptionTable } from './option.ts';
import { OPTIONS } from './options.ts';
import type { Json } from './value-types.ts';

export function effectiveYaml(configuration: Configuration): string {
  const document = new Document({});
  for (const option of OPTIONS as OptionTable) {
    const value = configuration.jsonOf(option);
    if (value === undefined) continue;
    const path = option.path.split('.');
    document.setIn(path, document.createNode(option.type.isSecret === true ? '***' : masked(value)));
    if (configuration.isDefault(option.path)) continue;
    const node = document.getIn(path, true);
    const comment = ` ${configuration.nameOf(option.path)}`;
    if (isScalar(node)) node.comment = comment;
    else if (isCollection(node)) node.commentBefore = comment;
  }
  return document.toString({ lineWidth: 0 });
}

/** A URL may have a password in it. */
function masked(value: Json): Json {
  if (typeof value === 'string') return value.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/\s]*):[^@/\s]*@/i, '$1:***@');
  if (Array.isArray(value)) return value.map((each: Json) => masked(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each as Json)]));
}
