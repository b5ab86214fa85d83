import { endpoints, type SettingTrialInput } from '@weir/contract';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const { checkForm, checkSetting, previewForm } = endpoints.trials;
/** What is sent or looked at once, when a person asks for it: never again by itself, and broken off with the dialog. */
const once = {
  retry: false,
  gcTime: 0,
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;

/** What Check tries: the form as it stands, or a saved setting by its name. */
export type Tried = { input: SettingTrialInput } | { name: string };

export const checkQuery = (tried: Tried) =>
  queryOptions({
    queryKey: ['check', tried],
    queryFn: ({ signal }) =>
      'input' in tried
        ? api.call(checkForm, { body: tried.input }, { signal })
        : api.call(checkSetting, { params: { name: tried.name } }, { signal }),
    ...once,
  });
export const previewQuery = (input: SettingTrialInput) =>
  queryOptions({ queryKey: ['preview', input], queryFn: ({ signal }) => api.call(previewForm, { body: input }, { signal }), ...once });
