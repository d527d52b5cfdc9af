/** Scripts: ApiVersions, logins and ACLs that nobody set up, and frames that are no requests. */
import {
  apiVersionsApi,
  createAclsApi,
  deleteAclsApi,
  describeAclsApi,
  saslAuthenticateApi,
  saslHandshakeApi,
} from '../../../src/protocol/index.ts';
import { ask, raw, type Script, script } from '../script.ts';

const versions = (name: string, version: string) =>
  ask(apiVersionsApi, 3, { clientSoftwareName: name, clientSoftwareVersion: version });

export const MALFORMED: readonly Script[] = [
  script('api versions: names of software', () => [
    versions('', ''),
    versions('a b', '1'),
    versions('a', '-1'),
    versions('-a', '1'),
  ]),
  script('api versions: a version that is not served', () => [
    raw('0000000a 0012 0063 00000007 ffff'),
    raw('0000000a 0012 ffff 00000007 ffff'),
  ]),
  script('sasl: on a listener without logins', () => [
    ask(saslHandshakeApi, 1, { mechanism: 'PLAIN' }),
    ask(saslAuthenticateApi, 2, { authBytes: Buffer.from('\0a\0b') }),
  ]),
  script('acls: without an authorizer', () => [
    ask(describeAclsApi, 2, {
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }),
    ask(createAclsApi, 2, {
      creations: [
        {
          resourceType: 2,
          resourceName: 'x',
          resourcePatternType: 3,
          principal: 'User:a',
          host: '*',
          operation: 3,
          permissionType: 3,
        },
      ],
    }),
    ask(deleteAclsApi, 2, {
      filters: [
        {
          resourceTypeFilter: 2,
          resourceNameFilter: 'x',
          patternTypeFilter: 3,
          principalFilter: null,
          hostFilter: null,
          operation: 1,
          permissionType: 1,
        },
      ],
    }),
  ]),
  script('malformed: lengths of frames', () => [
    raw('ffffffff'),
    raw('80000000'),
    raw('00000000'),
    raw('00000001 00'),
    raw('7fffffff 0012 0000 00000007 ffff'),
    raw('00000008 0012 0000 00000007'),
  ]),
  script('malformed: API keys that do not exist', () => [
    raw('0000000a 03e7 0000 00000007 ffff'),
    raw('0000000a ffff 0000 00000007 ffff'),
    raw('0000000a 0004 0000 00000007 ffff'),
  ]),
  script('malformed: bodies', () => [
    // Metadata v1: an array of 2³¹−1 topics; of −5; a name of 1,000 bytes that ends after 2.
    raw('0000000e 0003 0001 00000007 ffff 7fffffff'),
    raw('0000000e 0003 0001 00000007 ffff fffffffb'),
    raw('00000012 0003 0001 00000007 ffff 00000001 03e8 6162'),
    // Metadata v9, compact: a length that is a varint of 6 bytes; a varint that never ends; a tag section of 2³² − 1 fields.
    raw('00000011 0003 0009 00000007 ffff 00 ffffffffff 01'),
    raw('00000016 0003 0009 00000007 ffff 00 ffffffffffffffffffff'),
    raw('00000012 0003 0009 00000007 ffff 00 01 01 00 ffffffff0f'),
    // A client id of −2 bytes; of 30,000 that are not there.
    raw('0000000e 0003 0001 00000007 fffe 00000000'),
    raw('0000000e 0003 0001 00000007 7530 00000000'),
    // Nothing after the header.
    raw('0000000a 0003 0001 00000007 ffff'),
    // More than the message: bytes after its end.
    raw('00000010 0012 0000 00000007 ffff 010203040506'),
  ]),
];
