import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { settingName } from '../settings.ts';
import { settingPreview, settingTrial, settingTrialInput } from '../trials.ts';

const base = '/api/intune/diagnostic-settings';

export const checkForm = defineEndpoint({
  id: 'checkDiagnosticSettingInput',
  method: 'POST',
  path: `${base}-check`,
  access: 'intune.settings.write',
  summary:
    'Sends one marked test record to each destination of a setting that need not be saved, the way deliveries go. Makes the Azure destinations ready first, as saving does. 15 s for each destination, all at once.',
  body: settingTrialInput,
  response: settingTrial,
});
export const checkSetting = defineEndpoint({
  id: 'checkDiagnosticSetting',
  method: 'POST',
  path: `${base}/:name/check`,
  access: 'intune.settings.write',
  summary: 'Sends one marked test record to each destination of a saved setting, the way deliveries go, with the secrets that are stored.',
  params: z.strictObject({ name: settingName }),
  response: settingTrial,
});
export const previewForm = defineEndpoint({
  id: 'previewDiagnosticSettingInput',
  method: 'POST',
  path: `${base}-preview`,
  access: 'intune.settings.write',
  summary:
    'The bytes that each destination of a setting would get for the newest record that its condition lets through, masked as the setting says. Sends nothing.',
  body: settingTrialInput,
  response: settingPreview,
});
