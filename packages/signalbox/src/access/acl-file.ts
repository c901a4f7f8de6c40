/**
 * The file of rules as text: sections for users, groups, clients, the anonymous and all, each with rules to allow or deny.
 * Mistakes are reported all at once, with their lines. It must not know how the rules are used.
 */
import { validateTopicFilter } from '../mqtt/topics.ts';
import { Mistakes } from './text-file.ts';

/** Whom the rules of a section are for. */
export type Audience =
  | { readonly type: 'all' }
  | { readonly type: 'anonymous' }
  | { readonly type: 'user'; readonly name: string }
  | { readonly type: 'group'; readonly name: string }
  /** The parts between the asterisks of its pattern. */
  | { readonly type: 'client'; readonly parts: readonly string[] };

export interface WrittenRule {
  readonly isAllowing: boolean;
  readonly action: 'publish' | 'subscribe' | 'both';
  /** May have `%c` and `%u` in it. */
  readonly topicFilter: string;
  /** Of `$share/GROUP/…`; may have the same in it, and is `+` for any group. */
  readonly shareName?: string;
}

export interface Section {
  readonly audience: Audience;
  readonly rules: WrittenRule[];
}

export interface AclFile {
  /** What is not mentioned. */
  readonly fallback: 'allow' | 'deny';
  /** Users by group. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly sections: readonly Section[];
}

/** What a line says, or what is wrong with it. */
type Line =
  | { readonly type: 'default'; readonly fallback: 'allow' | 'deny' }
  | { readonly type: 'members'; readonly group: string; readonly names: readonly string[] }
  | { readonly type: 'section'; readonly audience: Audience }
  | { readonly type: 'rule'; readonly rule: WrittenRule }
  | { readonly type: 'mistake'; readonly problem: string };

/** Whether somebody proves who users are before the rules are asked, or a user name is what any client says. */
export type ProofOfUsers = 'proved' | 'unproved';

/** Throws AccessError `FILE_INVALID` with a line for each mistake. */
export function parseAclFile(text: string, path: string, users: ProofOfUsers = 'proved'): AclFile {
  const mistakes = new Mistakes(path);
  const members = new Map<string, Set<string>>();
  const sections: Section[] = [];
  let fallback: 'allow' | 'deny' | undefined;
  text.split(/\r?\n/).forEach((written, index) => {
    const words = written.trim();
    if (words === '' || words.startsWith('#')) return;
    const line = readLine(words);
    const gap = users === 'unproved' ? gapIn(line, sections.at(-1)) : undefined;
    if (gap !== undefined) mistakes.add(index + 1, gap);
    if (line.type === 'mistake') mistakes.add(index + 1, line.problem);
    else if (line.type === 'section') sections.push({ audience: line.audience, rules: [] });
    else if (line.type === 'members') {
      members.set(line.group, new Set([...(members.get(line.group) ?? []), ...line.names]));
    } else if (line.type === 'default') {
      if (fallback !== undefined) mistakes.add(index + 1, 'default is said twice');
      fallback = line.fallback;
    } else if (sections.length === 0) {
      mistakes.add(index + 1, 'a rule belongs below a line that says for whom: all, anonymous, user, group or client');
    } else sections.at(-1)!.rules.push(line.rule);
  });
  mistakes.throwIfAny();
  return { fallback: fallback ?? 'deny', members, sections };
}

/** What of a rule does not hold where anybody can say any name. */
function gapIn(line: Line, section: Section | undefined): string | undefined {
  const { type } = section?.audience ?? { type: 'all' };
  if (line.type === 'section' && (line.audience.type === 'user' || line.audience.type === 'group')) {
    return 'nothing proves who a user is, so that what is below would hold for whoever takes the name';
  }
  if (line.type !== 'rule') return undefined;
  const { topicFilter, shareName = '' } = line.rule;
  if (`${shareName}/${topicFilter}`.replaceAll('%%', '').includes('%u')) {
    return 'nothing proves who a user is, so that %u would be what any client says';
  }
  if (type !== 'anonymous' || line.rule.isAllowing) return undefined;
  return 'nothing proves who a user is, so that a deny for the anonymous is escaped by taking any name: say it below all';
}

function readLine(words: string): Line {
  const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(words) ?? [];
  switch (keyword) {
    case 'allow':
    case 'deny':
      return readRule(keyword, rest);
    case 'default':
      if (rest === 'allow' || rest === 'deny') return { type: 'default', fallback: rest };
      return mistake('default is allow or deny');
    case 'members':
      return readMembers(rest);
    case 'all':
    case 'anonymous':
      return rest === '' ? { type: 'section', audience: { type: keyword } } : mistake(`nothing follows ${keyword}`);
    case 'user':
    case 'group':
      return withName(
        rest,
        (name) => ({ type: 'section', audience: { type: keyword, name } }),
        `${keyword} needs a name`,
      );
    case 'client':
      return withName(
        rest,
        (name) => ({ type: 'section', audience: { type: 'client', parts: name.split('*') } }),
        'client needs a client identifier, in which * stands for anything',
      );
    case 'topic':
    case 'pattern':
      return mistake(
        `${keyword} is Mosquitto's word: here it is allow or deny, then publish, subscribe or both, then the filter`,
      );
    default:
      return mistake(
        `a line begins with allow, deny, all, anonymous, user, group, client, members or default, not ${keyword}`,
      );
  }
}

function readRule(verb: 'allow' | 'deny', rest: string): Line {
  const [, action = '', written = ''] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
  if (action !== 'publish' && action !== 'subscribe' && action !== 'both') {
    return mistake(`behind ${verb} there is publish, subscribe or both, then a Topic Filter`);
  }
  const whole = unquote(written);
  if (whole === undefined) return mistake('what begins with a quotation mark is a string as in JSON');
  if (whole === '') return mistake(`behind ${verb} ${action} there is a Topic Filter`);
  const unknown = /%[^cu%]|%$/.exec(whole.replaceAll('%%', ''));
  if (unknown !== null) return mistake(`there are %c, %u and %% (for %), not ${unknown[0]}`);
  const share = parseSharedRule(whole);
  if (share === undefined && whole.startsWith('$share/')) {
    return mistake('it is $share/GROUP/ and then a Topic Filter; + is any group, and # or a + beside others is none');
  }
  if (share !== undefined && action !== 'subscribe') return mistake('only subscriptions are shared: subscribe');
  const topicFilter = share?.topicFilter ?? whole;
  const problem = validateTopicFilter(topicFilter);
  if (problem !== undefined) return mistake(`${topicFilter} is no Topic Filter: ${problem}`);
  return { type: 'rule', rule: { isAllowing: verb === 'allow', action, topicFilter, ...share } };
}

/** What a rule says of a shared subscription; undefined when it says nothing of one, or cannot be read. */
export function parseSharedRule(
  text: string,
): { readonly shareName: string; readonly topicFilter: string } | undefined {
  const [, shareName = '', topicFilter = ''] = /^\$share\/(\+|[^/+#]+)\/(.+)$/s.exec(text) ?? [];
  return shareName === '' ? undefined : { shareName, topicFilter };
}

function readMembers(rest: string): Line {
  const words = rest.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const [group, ...names] = words.map(unquote);
  if (group === undefined || names.length === 0 || names.some((name) => name === undefined)) {
    return mistake('members needs a group and its users, with spaces between them');
  }
  return { type: 'members', group, names: names as string[] };
}

function withName(written: string, make: (name: string) => Line, otherwise: string): Line {
  const name = unquote(written);
  if (name === undefined) return mistake('what begins with a quotation mark is a string as in JSON');
  return name === '' ? mistake(otherwise) : make(name);
}

/** Undefined when it begins as a quoted string and is none. */
function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function mistake(problem: string): Line {
  return { type: 'mistake', problem };
}
