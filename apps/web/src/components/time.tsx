import { Tooltip } from '@fluentui/react-components';
import { formatTime, formatUtc } from '../lib/format.ts';

/** A moment in the reader's time; UTC on hover. The only way that a time is shown. */
export function Time({ value }: { value: string }) {
  return (
    <Tooltip relationship="description" content={formatUtc(value)} withArrow>
      <time dateTime={value}>{formatTime(value)}</time>
    </Tooltip>
  );
}
