import { z } from 'zod';
import { headerText, partnerUrl, secretField } from './partner-fields.ts';

/** https://help.splunk.com/en/splunk-enterprise/administer/manage-indexers-and-indexer-clusters/manage-indexes/create-custom-indexes */
const indexName = z
  .string()
  .max(80, 'An index name has at most 80 characters.')
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'An index name has lowercase letters, digits, "_" or "-", and begins with a letter or digit.')
  .refine((name) => !name.includes('kvstore'), 'An index name cannot hold the word "kvstore".');

export const splunkTarget = z
  .strictObject({
    url: partnerUrl('https://http-inputs-contoso.splunkcloud.com', {
      query: false,
      strip: /\/services\/collector(\/event(\/1\.0)?)?\/?$/,
    }).meta({
      title: 'HTTP Event Collector address',
      description: 'Host and port of the collector, such as https://splunk.contoso.com:8088.',
      format: 'uri',
    }),
    index: indexName.optional().meta({ title: 'Index (optional)', description: 'Left empty, the token’s own index.' }),
    sourcetype: z
      .string()
      .max(200, 'A source type has at most 200 characters.')
      .regex(/^[-\w:.]+$/, 'A source type has letters, digits, "_", "-", ":" or ".".')
      .optional()
      .meta({ title: 'Source type (optional)', description: 'Left empty: _json.' }),
  })
  .meta({ id: 'SplunkTarget', title: 'Splunk' });
export type SplunkTarget = z.infer<typeof splunkTarget>;

export const splunkInput = splunkTarget
  .extend({ token: secretField(headerText('token'), { title: 'Token', description: 'The token of the HTTP Event Collector.' }) })
  .meta({ id: 'SplunkInput', title: 'Splunk' });
