import {
  destinationTypes,
  type Batching,
  type DestinationType,
  type Mask,
  type Masking,
  type SettingInput,
  type SettingView,
} from '@weir/contract';

/** What goes and how, as the form holds it. */
export interface ShapingState {
  condition: string;
  masks: { path: string; how: Masking }[];
}
/** Numbers stay text until Save. */
export type BatchingState = Record<DestinationType, { seconds: string; kilobytes: string }>;

export const initialShaping = (setting?: SettingView): ShapingState => ({
  condition: setting?.condition ?? '',
  masks: setting?.masks.map(({ path, how }) => ({ path, how })) ?? [],
});
export const initialBatching = (setting?: SettingView): BatchingState =>
  Object.fromEntries(
    destinationTypes.map((type) => {
      const { intervalSeconds, maxKilobytes } = setting?.batching[type] ?? {};
      return [type, { seconds: String(intervalSeconds ?? ''), kilobytes: String(maxKilobytes ?? '') }];
    }),
  ) as BatchingState;

/** The parts of a PUT that are filled in; what stands empty is left out, and so is batching of a destination that is not ticked. */
export function shapingInput(
  shaping: ShapingState,
  batching: BatchingState,
  historyFrom: string,
  ticked: readonly DestinationType[],
): Pick<SettingInput, 'condition' | 'masks' | 'batching' | 'includeHistoryFrom'> {
  const chosen = ticked.flatMap((type): [DestinationType, Batching][] => {
    const { seconds, kilobytes } = batching[type];
    const of = {
      ...(seconds.trim() !== '' && { intervalSeconds: Number(seconds) }),
      ...(kilobytes.trim() !== '' && { maxKilobytes: Number(kilobytes) }),
    };
    return Object.keys(of).length > 0 ? [[type, of]] : [];
  });
  const masks: Mask[] = shaping.masks.map(({ path, how }) => ({ path: path.trim(), how }));
  return {
    ...(shaping.condition.trim() !== '' && { condition: shaping.condition.trim() }),
    ...(masks.length > 0 && { masks }),
    ...(chosen.length > 0 && { batching: Object.fromEntries(chosen) }),
    ...(historyFrom !== '' && { includeHistoryFrom: asUtc(historyFrom) }),
  };
}
/** A time as the browser's field has it, entered in UTC. */
function asUtc(text: string): string {
  const at = new Date(`${text}Z`);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}

/** The section in a few words, while it is closed. */
export function shapingSummary({ condition, masks }: ShapingState): string {
  const masked = masks.length === 0 ? 'no field is masked' : `${masks.length} ${masks.length === 1 ? 'field is' : 'fields are'} masked`;
  return condition.trim() === '' ? `Every record goes, ${masked}.` : `Only records that match “${condition.trim()}” go, ${masked}.`;
}

/** Fields that say who did it, or hold what people typed. */
export const commonFields = [
  'identity',
  'properties.Actor.UPN',
  'properties.Actor.ObjectId',
  'properties.Actor.UserPermissions',
  'properties.TargetDisplayNames[]',
  'properties.TargetObjectIds[]',
  'properties.Targets[].Name',
  'properties.Targets[].ModifiedProperties[].New',
  'properties.Targets[].ModifiedProperties[].Old',
] as const;
