/**
 * Rules of a file, applied to clients: which sections are for a client, with `%c` and `%u` filled in. Clients for whom the
 * rules read the same share them. Read again without a restart.
 */
import type { Action, ActionDetails, ClientInfo } from '../broker/hooks.ts';
import { type AclFile, type Audience, type ProofOfUsers, parseAclFile, type WrittenRule } from './acl-file.ts';
import { ANY_SHARE, type Decision, type Rule, RuleList } from './acl-rules.ts';
import type { Authorizer } from './authenticator.ts';
import { type Level, parseLevels, REST } from './filter-levels.ts';
import { readTextFile } from './text-file.ts';

export interface AclOptions {
  /** `unproved`: nothing tells who users are, so that a file with rules for them is refused. Default: `proved`. */
  readonly users?: ProofOfUsers;
}

/** Sets of sections that several clients have in common. */
const SHARED_LISTS = 1_000;

export class Acl implements Authorizer {
  readonly name = 'ACL file';
  readonly #path: string;
  readonly #users: ProofOfUsers;
  #file: AclFile;
  #lists = new WeakMap<ClientInfo, RuleList>();
  #shared = new Map<string, RuleList>();

  /** Reads the file. Throws AccessError. */
  constructor(path: string, { users = 'proved' }: AclOptions = {}) {
    this.#path = path;
    this.#users = users;
    this.#file = parseAclFile(readTextFile(path), path, users);
  }

  /** What is not mentioned, when nobody else is to be asked. */
  get fallback(): 'allow' | 'deny' {
    return this.#file.fallback;
  }

  /** Reads the file again. Throws AccessError, and then nothing has changed. */
  reload(): void {
    this.prepareReload()();
  }

  prepareReload(): () => void {
    const file = parseAclFile(readTextFile(this.#path), this.#path, this.#users);
    return () => {
      this.#file = file;
      this.#lists = new WeakMap();
      this.#shared = new Map();
    };
  }

  authorize(client: ClientInfo, action: Action, topic: string, details?: ActionDetails): boolean | undefined {
    const decision = this.decide(client, action, topic, details);
    return decision === 'undecided' ? undefined : decision === 'allow';
  }

  /** What the rules themselves say: of a Topic Name to publish to, of a Topic Filter to subscribe to. */
  decide(client: ClientInfo, action: Action, topic: string, { shareName }: ActionDetails = {}): Decision {
    const list = this.#listFor(client);
    return action === 'publish' ? list.ofTopic(action, topic) : list.ofFilter(action, topic, shareName);
  }

  #listFor(client: ClientInfo): RuleList {
    let list = this.#lists.get(client);
    if (list !== undefined) return list;
    const { sections, members } = this.#file;
    const indexes = [...sections.keys()].filter((index) => isFor(sections[index]!.audience, client, members));
    const rules = indexes.flatMap((index) => sections[index]!.rules);
    if (rules.some(({ topicFilter, shareName = '' }) => `${shareName}${topicFilter}`.includes('%'))) {
      list = new RuleList(rules.flatMap((rule) => fillIn(rule, client)));
    } else list = this.#sharedList(indexes.join(), rules);
    this.#lists.set(client, list);
    return list;
  }

  #sharedList(key: string, rules: readonly WrittenRule[]): RuleList {
    let list = this.#shared.get(key);
    if (list === undefined) {
      list = new RuleList(rules.map((rule) => ({ ...rule, levels: parseLevels(rule.topicFilter) })));
      if (this.#shared.size < SHARED_LISTS) this.#shared.set(key, list);
    }
    return list;
  }
}

function isFor(audience: Audience, client: ClientInfo, members: AclFile['members']): boolean {
  const { username, groups, clientId } = client;
  switch (audience.type) {
    case 'all':
      return true;
    case 'anonymous':
      return username === undefined;
    case 'user':
      return username === audience.name;
    case 'group':
      return (
        groups.includes(audience.name) || (username !== undefined && members.get(audience.name)?.has(username) === true)
      );
    case 'client':
      return matchesParts(audience.parts, clientId);
  }
}

/** Each part is looked for behind the one before it: no text takes longer than its length. */
function matchesParts(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/**
 * The rule for this client. A name that is no part of one level (it is empty, or has `/`, `+` or `#` in it) must not widen
 * what is allowed: such a rule allows nothing, and denies all that begins as it does.
 */
function fillIn(rule: WrittenRule, { clientId, username }: ClientInfo): Rule[] {
  const { isAllowing, action, topicFilter } = rule;
  const levels: Level[] = [];
  const share = rule.shareName === undefined ? undefined : fillLevel(rule.shareName, clientId, username);
  // A group that cannot be named is none to allow, and may be any that is denied.
  if (rule.shareName !== undefined && share === undefined && isAllowing) return [];
  const shareName = rule.shareName === undefined ? undefined : (share ?? ANY_SHARE);
  for (const level of topicFilter.split('/')) {
    const [parsed] = parseLevels(level);
    if (typeof parsed !== 'string') levels.push(parsed!);
    else {
      const filled = fillLevel(level, clientId, username);
      if (filled === undefined) return isAllowing ? [] : [{ isAllowing, action, shareName, levels: [...levels, REST] }];
      levels.push(filled);
    }
  }
  return [{ isAllowing, action, shareName, levels }];
}

function fillLevel(level: string, clientId: string, username: string | undefined): string | undefined {
  let isWhole = true;
  const filled = level.replace(/%([cu%])/g, (_, letter: string) => {
    if (letter === '%') return '%';
    const name = letter === 'c' ? clientId : username;
    if (name === undefined || name === '' || /[/+#]/.test(name)) isWhole = false;
    return name ?? '';
  });
  // What a client chose must not lead it to $SYS and the like.
  return isWhole && (level.startsWith('$') || !filled.startsWith('$')) ? filled : undefined;
}
