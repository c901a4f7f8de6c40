import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketError } from '../../src/mqtt/errors.ts';
import { copyForwardable, scanPublishProperties } from '../../src/mqtt/publish-properties.ts';
import { PublishView, readViewProperties } from '../../src/mqtt/publish-view.ts';
import { bytes, hex } from '../support/annotated-bytes.ts';

/** What the scan of a broker or the reader of a client finds: the values, or why there are none. */
type Verdict = typeof NONE | Pick<PacketError, 'code' | 'statement'>;

function verdict(find: () => typeof NONE): Verdict {
  try {
    return find();
  } catch (error) {
    if (error instanceof PacketError) return { code: error.code, statement: error.statement };
    throw error;
  }
}

/** The second way to the same: as an object. */
function read(inside: Uint8Array): typeof NONE {
  const view = new PublishView();
  readViewProperties(view, inside, 0, inside.length, undefined);
  const { topicAlias, messageExpiryInterval, hasSubscriptionIdentifiers, userProperties, userPropertyBytes } = view;
  return { topicAlias, messageExpiryInterval, hasSubscriptionIdentifiers, userProperties, userPropertyBytes };
}

const NONE = {
  topicAlias: 0,
  messageExpiryInterval: -1,
  hasSubscriptionIdentifiers: false,
  userProperties: 0,
  userPropertyBytes: 0,
};

function scan(list: string) {
  const inside = bytes(list);
  const around = new Uint8Array(inside.length + 4).fill(0x26);
  around.set(inside, 2);
  const values = { ...NONE };
  const scanned = verdict(() => {
    scanPublishProperties(values, around, 2, 2 + inside.length);
    return values;
  });
  expect(verdict(() => read(inside))).toEqual(scanned);
  if ('code' in scanned) scanPublishProperties(values, inside, 0, inside.length); // throws once more
  return values;
}

function refusal(list: string): Pick<PacketError, 'code' | 'statement'> {
  try {
    scan(list);
  } catch (error) {
    if (error instanceof PacketError) return { code: error.code, statement: error.statement };
    throw error;
  }
  throw new Error(`accepted: ${list}`);
}

function forwarded(list: string): string {
  const inside = bytes(list);
  return hex(copyForwardable(inside, 0, inside.length));
}

const MALFORMED = { code: 'MALFORMED_PACKET', statement: undefined };
const PROTOCOL_ERROR = { code: 'PROTOCOL_ERROR', statement: undefined };

/** One of each, valid. */
const ALL = ['01 00', '02 00000000', `03 ''`, '08 0004 722fc3a9', '09 0002 00ff', '0b ffffff7f', '23 0001', `26 '' ''`];

describe('scanPublishProperties', () => {
  it('accepts each property alone and all together', () => {
    for (const one of ALL) expect(() => scan(one)).not.toThrow();
    expect(scan(ALL.join(' '))).toEqual({
      topicAlias: 1,
      messageExpiryInterval: 0,
      hasSubscriptionIdentifiers: true,
      userProperties: 1,
      userPropertyBytes: 5,
    });
    expect(scan('')).toEqual(NONE);
    const two = scan(`26 'a' 'b' 01 00 26 'key' 'value'`);
    expect([two.userProperties, two.userPropertyBytes]).toEqual([2, 7 + 13]);
  });

  it('finds the values a broker needs', () => {
    expect(scan('23 1234').topicAlias).toBe(0x1234);
    expect(scan('01 01 23 ffff').topicAlias).toBe(0xffff);
    expect(scan('02 ffffffff').messageExpiryInterval).toBe(0xffff_ffff);
    expect(scan('0b 01 0b 02').hasSubscriptionIdentifiers).toBe(true);
  });

  it('pitfall: a property of which there is one comes twice', () => {
    for (const one of ALL.slice(0, 5)) expect(refusal(`${one} ${one}`)).toEqual(PROTOCOL_ERROR);
    expect(refusal('23 0001 23 0001')).toEqual(PROTOCOL_ERROR);
    expect(refusal(`23 0001 26 'a' 'b' 23 0002`)).toEqual(PROTOCOL_ERROR);
    expect(() => scan(`0b 01 0b 01 26 'a' 'b' 26 'a' 'b'`)).not.toThrow();
  });

  it('pitfall: a property that does not belong into PUBLISH, or does not exist', () => {
    const known = [0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26];
    for (let identifier = 0; identifier < 256; identifier++) {
      if (known.includes(identifier)) continue;
      const statement = identifier < 0x80 ? undefined : 'MQTT-1.5.5-1'; // it is an integer, in a longer form than needed
      expect(refusal(`${identifier.toString(16).padStart(2, '0')} 00000000`)).toEqual({ ...MALFORMED, statement });
    }
  });

  it('pitfall: no property reaches beyond the end', () => {
    for (const one of [...ALL, `26 'key' 'value'`, `03 'text'`, '0b 8001']) {
      const whole = bytes(one);
      for (let length = 1; length < whole.length; length++) {
        const values = { ...NONE };
        expect(() => scanPublishProperties(values, whole, 0, length)).toThrow(PacketError);
      }
    }
  });

  it('pitfall: a Payload Format Indicator above 1', () => {
    expect(() => scan('01 01')).not.toThrow();
    expect(refusal('01 02')).toEqual(PROTOCOL_ERROR);
    expect(refusal('01 ff')).toEqual(PROTOCOL_ERROR);
  });

  it('[MQTT-3.3.2-8] Topic Alias 0, alone and among others', () => {
    const expected = { code: 'TOPIC_ALIAS_INVALID', statement: 'MQTT-3.3.2-8' };
    expect(refusal('23 0000')).toEqual(expected);
    expect(refusal('01 00 23 0000')).toEqual(expected);
  });

  it('pitfall: Subscription Identifier 0', () => {
    expect(refusal('0b 00')).toEqual(PROTOCOL_ERROR);
  });

  it('[MQTT-1.5.5-1] a Subscription Identifier longer than needed', () => {
    expect(refusal('0b 8000')).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
    expect(refusal('0b ffffffff01')).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.5-1' });
  });

  it('[MQTT-3.3.2-14] [MQTT-4.7.3-1] a Response Topic that is no Topic Name', () => {
    for (const topic of ['+', '#', 'a/+', 'a#']) {
      expect(refusal(`08 '${topic}'`)).toEqual({ code: 'PROTOCOL_ERROR', statement: 'MQTT-3.3.2-14' });
    }
    expect(refusal('08 0000')).toEqual({ code: 'PROTOCOL_ERROR', statement: 'MQTT-4.7.3-1' });
  });

  it('[MQTT-3.3.2-13] [MQTT-3.3.2-19] [MQTT-1.5.7-1] [MQTT-1.5.4-1] strings that are no UTF-8', () => {
    const bad = '0002 c080';
    for (const one of [`03 ${bad}`, `08 ${bad}`, `26 ${bad} 'v'`, `26 'k' ${bad}`]) {
      expect(refusal(one)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.4-1' });
    }
    expect(() => scan(`09 ${bad}`)).not.toThrow();
  });

  it('[MQTT-1.5.4-2] strings with U+0000', () => {
    for (const one of ['03 0001 00', '08 0001 00', `26 0001 00 'v'`, `26 'k' 0001 00`]) {
      expect(refusal(one)).toEqual({ code: 'MALFORMED_PACKET', statement: 'MQTT-1.5.4-2' });
    }
  });
});

describe('readViewProperties', () => {
  it('judges any bytes as scanPublishProperties does', () => {
    const part = fc.oneof(
      fc.constantFrom('01 01', '02 00000009', "03 'a'", "08 'b/c'", "09 'data'", '0b 07', '23 0004', "26 'k' 'v'"),
      fc.constantFrom(
        '23 0000',
        '0b 00',
        '0b 80',
        "08 'b/+'",
        "08 ''",
        '01 02',
        '26 00',
        '1f',
        '80',
        '8101',
        '0b 8000',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const inside = bytes(parts.join(' '));
        const values = { ...NONE };
        const scanned = verdict(() => {
          scanPublishProperties(values, inside, 0, inside.length);
          return values;
        });
        const found = verdict(() => read(inside)); // of several mistakes, another one can be found first
        expect('code' in found ? found.code : found).toEqual('code' in scanned ? scanned.code : scanned);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps to the limits while it reads', () => {
    const inside = bytes(`26 'k' 'v' 26 'k' 'v'`);
    const limits = { userProperties: 1, userPropertyBytes: 100, topicFilters: 1, topicAliasBytes: 1 };
    expect(() => readViewProperties(new PublishView(), inside, 0, inside.length, limits)).toThrow(
      expect.objectContaining({ code: 'QUOTA_EXCEEDED' }) as Error,
    );
  });
});

describe('copyForwardable', () => {
  it('drops Topic Alias, expiry and Subscription Identifiers and keeps the rest in its order', () => {
    expect(forwarded(ALL.join(' '))).toBe(hex(bytes(`01 00 03 '' 08 0004 722fc3a9 09 0002 00ff 26 '' ''`)));
    expect(forwarded(`26 'b' '1' 02 00000001 26 'a' '2' 23 0001 26 'b' '3'`)).toBe(
      hex(bytes(`26 'b' '1' 26 'a' '2' 26 'b' '3'`)),
    );
  });

  it('is empty when nothing is left', () => {
    expect(forwarded('')).toBe('');
    expect(forwarded('23 0001')).toBe('');
    expect(forwarded('02 00000001 0b 01 0b 02')).toBe('');
  });

  it('is an own copy', () => {
    const inside = bytes(`01 01 26 'k' 'v'`);
    const copy = copyForwardable(inside, 0, inside.length);
    expect(copy).toEqual(inside);
    inside.fill(0);
    expect(hex(copy)).toBe(hex(bytes(`01 01 26 'k' 'v'`)));
  });

  it('keeps any order of any properties', () => {
    const kept = fc.constantFrom('01 00', `03 'ct'`, `08 'r'`, '09 0001 07', `26 'a' 'b'`);
    const dropped = fc.constantFrom('02 00000001', '0b 8001', '23 0001');
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            kept.map((list) => ({ list, stays: true })),
            dropped.map((list) => ({ list, stays: false })),
          ),
          { maxLength: 12 },
        ),
        (all) => {
          const expected = all.filter((one) => one.stays).map((one) => one.list);
          expect(forwarded(all.map((one) => one.list).join(' '))).toBe(hex(bytes(expected.join(' '))));
        },
      ),
    );
  });
});
