import { z } from 'zod';
import { destinationTypes } from '../destinations/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { batchView, openBatchView, settingChange } from '../setting-pages.ts';
import {
  deliveryHistory,
  HISTORY_MINUTES,
  legalHoldInput,
  settingInput,
  settingListItem,
  settingName,
  settingView,
  verificationView,
} from '../settings.ts';

const base = '/api/intune/diagnostic-settings';
const named = z.strictObject({ name: settingName });

export const listSettings = defineEndpoint({
  id: 'listDiagnosticSettings',
  method: 'GET',
  path: base,
  access: 'intune.settings.read',
  summary: 'The diagnostic settings of Intune with the state of each delivery.',
  response: z
    .object({ items: z.array(settingListItem), categories: z.array(z.object({ name: z.string(), description: z.string() })) })
    .meta({ id: 'DiagnosticSettings' }),
});
export const getSetting = defineEndpoint({
  id: 'getDiagnosticSetting',
  method: 'GET',
  path: `${base}/:name`,
  access: 'intune.settings.read',
  summary: 'One diagnostic setting.',
  params: named,
  response: settingView,
});
export const putSetting = defineEndpoint({
  id: 'putDiagnosticSetting',
  method: 'PUT',
  path: `${base}/:name`,
  access: 'intune.settings.write',
  summary:
    'Creates a setting (If-None-Match: *) or changes it (If-Match: "<version>"). Prepares tables, hubs and the data collection rule at the destinations first.',
  params: named,
  body: settingInput,
  response: settingView,
});
export const deleteSetting = defineEndpoint({
  id: 'deleteDiagnosticSetting',
  method: 'DELETE',
  path: `${base}/:name`,
  access: 'intune.settings.write',
  summary: 'Stops delivery. What was delivered stays where it is, for its retention days. Refused under legal hold.',
  params: named,
});
export const putLegalHold = defineEndpoint({
  id: 'putLegalHold',
  method: 'PUT',
  path: `${base}/:name/legal-hold`,
  access: 'intune.settings.write',
  summary: 'Puts a setting under legal hold, or changes the reason: nothing that it archived is deleted until the hold is released.',
  params: named,
  body: legalHoldInput,
  response: settingView,
});
export const releaseLegalHold = defineEndpoint({
  id: 'releaseLegalHold',
  method: 'DELETE',
  path: `${base}/:name/legal-hold`,
  access: 'intune.settings.write',
  summary: 'Releases a legal hold. What is past its retention days is deleted then.',
  params: named,
});
/** Days that `measureVolume` looks back. */
export const VOLUME_DAYS = 30;
export const measureVolume = defineEndpoint({
  id: 'measureVolume',
  method: 'GET',
  path: `${base}-volume`,
  access: 'intune.settings.read',
  summary: 'How much each category brought in the last 30 days, for estimates. A category without any record is left out.',
  response: z
    .object({
      items: z.array(
        z.object({
          category: z.string(),
          records: z.number().int().meta({ description: 'In the days that were covered.' }),
          days: z.number().meta({ description: 'Days covered: 30, or fewer when the first record is younger; at least one.' }),
          bytesPerRecord: z.number().meta({ description: 'Mean bytes of the Azure-format body, of a sample of the newest records.' }),
        }),
      ),
    })
    .meta({ id: 'MeasuredVolume' }),
});
export const listVerifications = defineEndpoint({
  id: 'listVerifications',
  method: 'GET',
  path: `${base}/:name/verifications`,
  access: 'intune.settings.read',
  summary: 'What the last verification of each delivery of a setting found. A delivery that was not verified yet is left out.',
  params: named,
  response: z.object({ items: z.array(verificationView) }).meta({ id: 'Verifications' }),
});
export const getHistory = defineEndpoint({
  id: 'getSettingHistory',
  method: 'GET',
  path: `${base}/:name/history`,
  access: 'intune.settings.read',
  summary: 'What each delivery of a setting did in the last minutes, for charts: at most 24 hours, each minute or a longer step.',
  params: named,
  query: z.strictObject({
    minutes: z.coerce.number().int().min(1).max(HISTORY_MINUTES).default(HISTORY_MINUTES).meta({ description: 'How far back.' }),
    step: z.coerce.number().int().min(1).max(60).default(1).meta({ description: 'Minutes that one point covers.' }),
  }),
  response: deliveryHistory,
});
const page = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};
export const listBatches = defineEndpoint({
  id: 'listDeliveredBatches',
  method: 'GET',
  path: `${base}/:name/batches`,
  access: 'intune.settings.read',
  summary: 'Batches that the destinations of a setting acknowledged, newest first, page by page, and those that are on their way.',
  params: named,
  query: z.strictObject({
    ...page,
    type: z.enum(destinationTypes).optional(),
    category: z.string().min(1).max(100).optional(),
  }),
  response: z
    .object({
      open: z.array(openBatchView).meta({ description: 'Written down and not acknowledged yet, oldest first; on the first page only.' }),
      items: z.array(batchView),
      nextCursor: z.string().nullable(),
    })
    .meta({ id: 'DeliveredBatches' }),
});
export const listSettingChanges = defineEndpoint({
  id: 'listDiagnosticSettingChanges',
  method: 'GET',
  path: `${base}/:name/changes`,
  access: 'intune.settings.read',
  summary: 'Who changed a setting, paused its deliveries, replayed or dismissed records, newest first, since the setting was made.',
  params: named,
  query: z.strictObject(page),
  response: z.object({ items: z.array(settingChange), nextCursor: z.string().nullable() }).meta({ id: 'DiagnosticSettingChanges' }),
});
