/**
 * The encodings of one publication that several receivers can take: one per protocol version, QoS, RETAIN and
 * subscription identifier, as ranges of the slab. It must not know receivers.
 */

import { MSIP_VERSION, type SpokenVersion } from '../connection/link.ts';
import type { Outbox } from './outbox.ts';
import type { PublishForm } from './publish-encoder.ts';

/** 3 versions on the wire × 3 QoS × RETAIN, first without subscription identifier, then with one. */
const FORMS = 18;

export class SharedEncodings {
  readonly #outbox: Outbox;
  readonly #stamps = new Float64Array(FORMS * 2);
  readonly #starts = new Float64Array(FORMS * 2);
  readonly #ends = new Float64Array(FORMS * 2);
  readonly #packetIdentifiers = new Float64Array(FORMS * 2);
  #stamp = 0;
  #epoch = -1;
  /** The one subscription identifier that the second half is for. */
  #subscriptionIdentifier = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** A new publication: nothing is encoded yet. */
  begin(): void {
    this.#stamp++;
    this.#epoch = this.#outbox.epoch;
  }

  /** Place of this form; -1 when its receivers are too special to share. The packet identifier does not count. */
  place(form: PublishForm): number {
    if (this.#epoch !== this.#outbox.epoch) this.begin();
    if (form.topicAlias !== 0) return -1;
    const place = versionPlace(form.protocolVersion) + form.qos * 2 + (form.retain ? 1 : 0);
    if (form.protocolVersion === MSIP_VERSION) return place; // subscription identifiers are not sent
    const identifiers = form.subscriptionIdentifiers;
    if (identifiers === undefined) return place;
    if (identifiers.length !== 1) return -1;
    const identifier = identifiers[0]!;
    if (identifier !== this.#subscriptionIdentifier) {
      this.#subscriptionIdentifier = identifier;
      this.#stamps.fill(0, FORMS);
    }
    return FORMS + place;
  }

  has(place: number): boolean {
    return this.#stamps[place] === this.#stamp;
  }

  start(place: number): number {
    return this.#starts[place]!;
  }

  end(place: number): number {
    return this.#ends[place]!;
  }

  packetIdentifier(place: number): number {
    return this.#packetIdentifiers[place]!;
  }

  set(place: number, start: number, end: number, packetIdentifier: number): void {
    this.#stamps[place] = this.#stamp;
    this.#starts[place] = start;
    this.#ends[place] = end;
    this.#packetIdentifiers[place] = packetIdentifier;
  }
}

function versionPlace(protocolVersion: SpokenVersion): number {
  if (protocolVersion === 5) return 6;
  return protocolVersion === MSIP_VERSION ? 12 : 0;
}
