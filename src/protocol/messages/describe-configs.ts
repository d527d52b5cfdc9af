/**
 * DescribeConfigs (32): settings with their sources.
 *
 *   v1 sources and synonyms (KIP-226) · v3 types and documentation (KIP-569) · v4 flexible
 *
 * Resource types: 2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group. Sources: 1 topic, 2 this broker, 3 all
 * brokers, 4 static, 5 default, 6 broker logger, 7 client metrics, 8 group. Types: 1 boolean, 2 string, 3 int, 4 short,
 * 5 long, 6 double, 7 list, 8 class, 9 password.
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string } from '../schema.ts';

export const describeConfigsRequest = message(
  { name: 'DescribeConfigsRequest', versions: '1-4', flexible: '4+' },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: '0+' }), // null: all
    }),
    includeSynonyms: boolean(),
    includeDocumentation: boolean({ versions: '3+' }),
  },
);
export type DescribeConfigsRequest = Infer<typeof describeConfigsRequest>;

export const describeConfigsResponse = message(
  { name: 'DescribeConfigsResponse', versions: '1-4', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }), // null: secret
        readOnly: boolean(),
        configSource: int8({ default: -1 }),
        isSensitive: boolean(),
        // where else it could be set, in the order of precedence
        synonyms: array({
          name: string(),
          value: string({ nullable: '0+' }),
          source: int8(),
        }),
        configType: int8({ versions: '3+', ignorable: true }),
        documentation: string({ versions: '3+', nullable: '3+', ignorable: true }),
      }),
    }),
  },
);
export type DescribeConfigsResponse = Infer<typeof describeConfigsResponse>;

export const describeConfigsApi = api(32, 'DescribeConfigs', describeConfigsRequest, describeConfigsResponse);
