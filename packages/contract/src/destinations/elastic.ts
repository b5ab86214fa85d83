import { z } from 'zod';
import { base64Bytes, headerText, partnerUrl, secretField } from './partner-fields.ts';

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create */
const indexName = z
  .string()
  .min(1, 'Enter an index or data stream.')
  .refine((name) => new TextEncoder().encode(name).length <= 255, 'An index name has at most 255 bytes.')
  .refine((name) => name === name.toLowerCase(), 'An index name has lowercase letters only.')
  .regex(/^[^\\/*?"<>|\s,#:]*$/, 'An index name cannot hold \\ / * ? " < > | , # : or a blank.')
  .regex(/^[^-_+]/, 'An index name cannot begin with -, _ or +.')
  .refine((name) => name !== '.' && name !== '..', 'An index name cannot be . or ..');

const apiKey = headerText('API key').refine((text) => {
  const bytes = base64Bytes(text);
  return bytes !== null && bytes.includes(':'.charCodeAt(0));
}, 'This is not the encoded form of an API key. Copy the one that Kibana shows as "Encoded" (base64 of id:key).');

export const elasticTarget = z
  .strictObject({
    url: partnerUrl('https://contoso.es.westeurope.azure.elastic-cloud.com', { query: false }).meta({
      title: 'Elasticsearch address',
      description: 'The endpoint of the deployment or cluster, with its port when it is not 443.',
      format: 'uri',
    }),
    index: indexName.meta({
      title: 'Index or data stream',
      description: 'Such as logs-intune-default. Each record is made once, under an id of its own.',
    }),
  })
  .meta({ id: 'ElasticTarget', title: 'Elastic' });
export type ElasticTarget = z.infer<typeof elasticTarget>;

export const elasticInput = elasticTarget
  .extend({
    apiKey: secretField(apiKey, { title: 'API key', description: 'Encoded form; it needs create_doc on the index or data stream.' }),
  })
  .meta({ id: 'ElasticInput', title: 'Elastic' });
