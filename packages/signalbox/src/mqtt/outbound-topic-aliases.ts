// The Topic Aliases we gave the peer on one network connection, with the least recently used one to be replaced next. They exist
// only while aliases are in use, and die with the network connection. §3.3.2.3.4 [MQTT-3.3.2-7]

/** How a Topic Name is sent. Alias 0: none. */
export interface AliasUse {
  readonly alias: number;
  /** The peer knows the alias: the Topic Name is left out. */
  readonly isKnown: boolean;
}

export const NO_ALIAS: AliasUse = Object.freeze({ alias: 0, isKnown: false });

/** Topic Name to alias and back. The order of the Map is the order of use. */
export class OutboundTopicAliases {
  /** The peer's Topic Alias Maximum. */
  readonly maximum: number;
  readonly #aliases: Map<string, number>;
  readonly #names: (string | undefined)[];
  /** No alias below was never used; a freed one is found by being the oldest. */
  #unused: number;

  constructor(maximum: number) {
    this.maximum = maximum;
    this.#aliases = new Map();
    this.#names = [];
    this.#unused = 1;
  }

  isValid(alias: number): boolean {
    return Number.isInteger(alias) && alias > 0 && alias <= this.maximum; // [MQTT-3.3.2-8] [MQTT-3.2.2-17] [MQTT-3.1.2-26]
  }

  nameOf(alias: number): string | undefined {
    return this.#names[alias];
  }

  /** The alias this name would be replaced by; 0 when it has none. Changes nothing. */
  find(topicName: string): number {
    return this.#aliases.get(topicName) ?? 0;
  }

  /** How this name would be sent when every name gets an alias. Changes nothing: use() does. */
  plan(topicName: string): AliasUse {
    const known = this.find(topicName);
    if (known !== 0) return { alias: known, isKnown: true };
    while (this.#unused <= this.maximum && this.#names[this.#unused] !== undefined) this.#unused++;
    if (this.#unused <= this.maximum) return { alias: this.#unused, isKnown: false };
    const [oldest] = this.#aliases.values();
    return oldest === undefined ? NO_ALIAS : { alias: oldest, isKnown: false };
  }

  /** A PUBLISH with this name and alias was sent: the peer knows it now, and it is the most recently used one. */
  use(topicName: string, alias: number): void {
    const former = this.#names[alias];
    if (former !== undefined) this.#aliases.delete(former);
    const other = this.#aliases.get(topicName);
    if (other !== undefined && other !== alias) this.#names[other] = undefined;
    while (this.#names.length < alias) this.#names.push(undefined);
    this.#names[alias] = topicName;
    this.#aliases.delete(topicName);
    this.#aliases.set(topicName, alias);
  }
}
