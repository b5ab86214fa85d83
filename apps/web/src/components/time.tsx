import { Tooltip } from '@fluentui/react-components';
import { formatBare, formatTime, formatUtc } from '../lib/format.ts';
import { useZone } from '../lib/zone.tsx';

/** A moment in the zone that the reader chose; UTC, with all its digits, on hover. The only way that a time is shown. */
export function Time({ value }: { value: string }) {
  const zone = useZone();
  return (
    <Tooltip relationship="description" content={formatUtc(value)} withArrow>
      <time dateTime={value}>{formatTime(value, zone)}</time>
    </Tooltip>
  );
}

/** The same for lists of many rows, with the browser's own tooltip. `bare` where the heading names the zone. */
export function PlainTime({ value, bare = false }: { value: string; bare?: boolean }) {
  const zone = useZone();
  return (
    <time dateTime={value} title={formatUtc(value)}>
      {(bare ? formatBare : formatTime)(value, zone)}
    </time>
  );
}
