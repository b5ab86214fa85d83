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

/** The same for lists of many rows, with the browser's own tooltip. */
export const PlainTime = ({ value }: { value: string }) => (
  <time dateTime={value} title={formatUtc(value)}>
    {formatTime(value)}
  </time>
);
