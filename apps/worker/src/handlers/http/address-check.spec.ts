import { describe, expect, it } from '@jest/globals';
import { refusalOf } from './address-check.ts';

const PUBLIC = [
  '1.1.1.1',
  '93.184.216.34',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '192.167.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:800::200e',
  '::ffff:1.1.1.1',
  '64:ff9b::101:101',
];

const PRIVATE = [
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.255.255.254',
  '100.64.0.1',
  '::1',
  'fc00::1',
  'fdff:ffff::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:192.168.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
];

const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '169.254.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '100.100.100.200',
  '::',
  '::7f00:1',
  '::ffff:0:127.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::7f00:1',
  '100::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2001::7f00:1',
  '2001:2::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '2002:a9fe:a9fe::',
  '3fff::1',
  '5f00::1',
  '4000::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '',
  'localhost',
  '1.1.1.1, 127.0.0.1',
];

describe('the check of an address', () => {
  it.each(PUBLIC)('lets jobs talk to %s', (address) => {
    expect(refusalOf(address, false)).toBeUndefined();
    expect(refusalOf(address, true)).toBeUndefined();
  });

  it.each(PRIVATE)('refuses %s unless private addresses are allowed', (address) => {
    expect(refusalOf(address, false)).toEqual(expect.any(String));
    expect(refusalOf(address, true)).toBeUndefined();
  });

  it.each(NEVER)('refuses "%s" always', (address) => {
    expect(refusalOf(address, false)).toEqual(expect.any(String));
    expect(refusalOf(address, true)).toEqual(expect.any(String));
  });
});
