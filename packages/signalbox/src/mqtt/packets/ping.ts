// PINGREQ and PINGRESP (§3.12, §3.13): two bytes each, "are you there" and "yes".

export interface PingreqPacket {
  readonly type: 'pingreq';
}

export interface PingrespPacket {
  readonly type: 'pingresp';
}
