import { describe, expect, it } from 'vitest';
import { EnhancedAuthentication } from '../../src/mqtt/enhanced-authentication.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';

const { ContinueAuthentication, ReAuthenticate, Success } = ReasonCode;

function statement(
  authentication: EnhancedAuthentication,
  from: 'client' | 'server',
  reasonCode: number,
  method: string | undefined = 'M',
): string | undefined {
  return authentication.violationOf(from, reasonCode, method)?.statement;
}

function connected(): EnhancedAuthentication {
  const authentication = new EnhancedAuthentication('M');
  authentication.connected();
  return authentication;
}

describe('EnhancedAuthentication', () => {
  it('[MQTT-4.12.0-5] [MQTT-4.12.1-1] every AUTH names the method of CONNECT', () => {
    const authentication = new EnhancedAuthentication('M');
    expect(statement(authentication, 'server', ContinueAuthentication, 'N')).toBe('MQTT-4.12.0-5');
    expect(authentication.violationOf('client', ContinueAuthentication, undefined)?.statement).toBe('MQTT-4.12.0-5');
    expect(statement(connected(), 'client', ReAuthenticate, 'N')).toBe('MQTT-4.12.0-5');
  });

  it('[MQTT-4.12.0-2] [MQTT-4.12.0-3] before CONNACK both sides continue', () => {
    const authentication = new EnhancedAuthentication('M');
    expect([
      statement(authentication, 'server', ContinueAuthentication),
      statement(authentication, 'client', ContinueAuthentication),
    ]).toEqual([undefined, undefined]);
    expect(statement(authentication, 'server', Success)).toBe('MQTT-4.12.0-2');
    expect(statement(authentication, 'client', ReAuthenticate)).toBe('MQTT-4.12.0-3');
    authentication.follow(ContinueAuthentication);
    expect(authentication.isExchanging).toBe(true);
  });

  it('[MQTT-4.12.1-1] a client starts a re-authentication, one at a time, and the server ends it', () => {
    const authentication = connected();
    expect(statement(authentication, 'server', ReAuthenticate)).toBe('MQTT-4.12.1-1');
    expect(statement(authentication, 'server', ContinueAuthentication)).toBe('MQTT-4.12.1-1');
    expect(statement(authentication, 'client', ReAuthenticate)).toBeUndefined();
    authentication.follow(ReAuthenticate);
    expect(statement(authentication, 'client', ReAuthenticate)).toBe('MQTT-4.12.1-1');
    expect([
      statement(authentication, 'server', ContinueAuthentication),
      statement(authentication, 'client', ContinueAuthentication),
    ]).toEqual([undefined, undefined]);
    expect(statement(authentication, 'client', Success)).toBe('MQTT-4.12.0-3');
    expect(authentication.violationOf('server', Success, undefined)).toBeUndefined(); // bare AUTH
    expect(statement(authentication, 'server', Success)).toBeUndefined();
    authentication.follow(Success);
    expect([authentication.isExchanging, statement(authentication, 'client', ReAuthenticate)]).toEqual([
      false,
      undefined,
    ]);
  });
});
