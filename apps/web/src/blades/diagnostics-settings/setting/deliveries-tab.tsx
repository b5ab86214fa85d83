import { Button, MessageBar, MessageBarBody, MessageBarTitle, Text, mergeClasses } from '@fluentui/react-components';
import { destinationNames, type BatchView, type OpenBatchView, type SettingView } from '@weir/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { EmptyState } from '../../../components/empty-state.tsx';
import { ErrorState } from '../../../components/error-state.tsx';
import { LoadingRows } from '../../../components/loading-rows.tsx';
import { PlainTime } from '../../../components/time.tsx';
import { formatBytes, formatNumber } from '../../../lib/format.ts';
import { Problem } from '../delivery-dialog.tsx';
import type { SettingSearch } from '../setting-search.ts';
import { batchesQuery } from './api.ts';
import { DeliveryPicker } from './delivery-picker.tsx';
import { placeLines, placeSummary } from './place.ts';
import { useTable } from './table.ts';

interface Props {
  setting: SettingView;
  search: SettingSearch;
  onSearch: (search: SettingSearch) => void;
}
const titles = ['Delivered', 'Destination', 'Sequence', 'Records', 'Size', 'Attempts', 'Took', 'Answer', 'Place'];

/** Each batch that a destination acknowledged, from the delivery ledger; what is on its way stands on top. */
export function DeliveriesTab({ setting, search, onSearch }: Props) {
  const table = useTable();
  const { destination, category } = search;
  const list = useInfiniteQuery(batchesQuery(setting.name, { type: destination, category }));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const open = list.data?.pages[0]?.open ?? [];
  return (
    <>
      <DeliveryPicker
        deliveries={setting.deliveries}
        value={{ destination, category }}
        all
        onChange={(chosen) => onSearch({ tab: 'deliveries', ...chosen })}
      />
      {list.error && !list.data ? <ErrorState error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <LoadingRows label="Loading batches" /> : null}
      {open.map((batch) => (
        <OpenBatch key={batch.deliveryId} batch={batch} />
      ))}
      {list.data && items.length === 0 && open.length === 0 ? (
        <EmptyState
          title="No batch was delivered yet"
          text={
            destination || category
              ? 'Nothing went this way yet. Choose another destination or category, or wait for the next records.'
              : 'As soon as a record is collected, it is sent, and each batch that a destination acknowledges stands here.'
          }
        />
      ) : null}
      {items.length > 0 ? (
        <div className={table.scroll} tabIndex={0} role="group" aria-label="Table of batches">
          <table className={table.table} aria-label="Batches">
            <thead>
              <tr>
                {titles.map((title) => (
                  <th key={title} scope="col" className={table.head}>
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((batch) => (
                <BatchRow key={`${batch.deliveryId}/${batch.firstSequence}`} batch={batch} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <Problem error={list.data ? list.error : null} />
      {list.hasNextPage ? (
        <div>
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? 'Loading …' : 'Show more'}
          </Button>
        </div>
      ) : null}
    </>
  );
}

const range = ({ firstSequence: first, lastSequence: last }: Pick<BatchView, 'firstSequence' | 'lastSequence'>): string =>
  first === last ? formatNumber(first) : `${formatNumber(first)}–${formatNumber(last)}`;

function BatchRow({ batch }: { batch: BatchView }) {
  const table = useTable();
  return (
    <tr>
      <td className={table.time}>
        <PlainTime value={batch.deliveredAt} />
      </td>
      <td className={table.cell}>
        {destinationNames[batch.type]}
        <Text block size={200} className={table.quiet}>
          {batch.category}
        </Text>
      </td>
      <td className={table.number}>{range(batch)}</td>
      <td className={table.number}>
        {formatNumber(batch.records)}
        {batch.filtered > 0 ? (
          <Text block size={200} className={table.quiet}>
            {`${formatNumber(batch.filtered)} filtered out`}
          </Text>
        ) : null}
      </td>
      <td className={table.number}>{formatBytes(batch.bytes)}</td>
      <td className={table.number}>{formatNumber(batch.attempts)}</td>
      <td className={table.number}>{batch.records === 0 ? '' : `${formatNumber(batch.durationMs)} ms`}</td>
      <td className={table.text}>
        {batch.answer ?? (
          <span className={table.quiet} {...(batch.records > 0 && { title: 'Delivered before answers were kept.' })}>
            -
          </span>
        )}
      </td>
      <td className={table.wide}>
        {batch.records === 0 ? (
          <span className={table.quiet}>Nothing was sent: the filter left all of it out.</span>
        ) : (
          <Place batch={batch} />
        )}
      </td>
    </tr>
  );
}

function Place({ batch }: { batch: BatchView }) {
  const table = useTable();
  const lines = placeLines(batch.place);
  const summary = placeSummary(batch.place);
  return (
    <details>
      <summary>{summary ?? 'Acknowledged'}</summary>
      {lines.map(({ name, value }) => (
        <Text key={name} block size={200}>
          <span className={table.quiet}>{name}: </span>
          {value}
        </Text>
      ))}
      {batch.sha256 ? (
        <Text block size={200}>
          <span className={table.quiet}>SHA-256: </span>
          {batch.sha256}
        </Text>
      ) : null}
    </details>
  );
}

function OpenBatch({ batch }: { batch: OpenBatchView }) {
  const table = useTable();
  return (
    <MessageBar intent={batch.fault && batch.attempts > 0 ? 'warning' : 'info'} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{`On its way: ${destinationNames[batch.type]}, ${batch.category}, records ${range(batch)}`}</MessageBarTitle>
        Written down <PlainTime value={batch.since} />.{' '}
        {batch.attempts > 0 ? (
          <>
            {`${formatNumber(batch.attempts)} ${batch.attempts === 1 ? 'attempt' : 'attempts'} failed. ${batch.fault?.message ?? ''} ${batch.fault?.remedy ?? ''} Next attempt `}
            <PlainTime value={batch.nextAttemptAt} />.
          </>
        ) : (
          <span className={mergeClasses(table.quiet)}>It is being sent, or waits for its first attempt.</span>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
