import { z } from 'zod';

/** Which code is shown, as it stands in the address; without it the settings file. */
export interface AsCodeSearch {
  kind?: 'template' | 'bicep' | 'terraform' | 'cli' | 'powershell' | undefined;
  /** The code sets the setting in Azure itself. */
  azure?: true | undefined;
}
const schema = z.object({
  kind: z.enum(['template', 'bicep', 'terraform', 'cli', 'powershell']).optional().catch(undefined),
  azure: z.literal(true).optional().catch(undefined),
});
export const asCodeSearch = (search: Record<string, unknown>): AsCodeSearch =>
  Object.fromEntries(Object.entries(schema.parse(search)).filter(([, value]) => value !== undefined));
