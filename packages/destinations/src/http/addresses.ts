import { BlockList, isIP } from 'node:net';

/** No destination is there: https://www.iana.org/assignments/iana-ipv4-special-registry and the multicast and reserved blocks. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's own channel into every virtual machine: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  '168.63.129.16/32',
];
/**
 * Only this part of IPv6 is given out for the world; loopback, unique local, link-local, multicast, IPv4-mapped, IPv4-compatible
 * and NAT64 addresses all lie outside. https://www.iana.org/assignments/ipv6-address-space
 */
const global6 = '2000::/3';
/** Inside it, what is special or hides an IPv4 address: Teredo and its neighbours, documentation, 6to4, AS112, segment routing. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string];
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
};
const notPublic4 = listOf(special4);
const public6 = listOf([global6]);
const notPublic6 = listOf(special6);

/** Whether an address belongs to a single host of the public internet. Text that is no address does not. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, 'ipv4');
  return family === 6 && !address.includes('%') && public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}

/** Which addresses may be called. */
export interface AddressRule {
  allows(address: string): boolean;
}

/**
 * Public addresses, and the networks that configuration allows beside them: `10.1.0.0/16, fd00::/8, 127.0.0.1`. Throws a
 * sentence when the text holds something else.
 */
export function addressRule(exceptions: string): AddressRule {
  const networks = exceptions
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((text) => {
      const [address = '', prefix, ...more] = text.split('/');
      const bits = isIP(address) === 6 ? 128 : 32;
      const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
      if (isIP(address) === 0 || more.length > 0 || length < 0 || length > bits)
        throw new Error(`WEIR_PRIVATE_ADDRESSES: expected networks such as 10.1.0.0/16 or fd00::/8, found ${JSON.stringify(text)}.`);
      return `${address}/${length}`;
    });
  const allowed = listOf(networks);
  return {
    allows(address) {
      const family = isIP(address);
      if (family === 0 || address.includes('%')) return false;
      return isPublic(address) || allowed.check(address, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}
