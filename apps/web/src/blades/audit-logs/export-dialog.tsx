import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  MessageBar,
  MessageBarBody,
  Radio,
  RadioGroup,
  Spinner,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { exportColumnIds, exportColumns, MAX_PACK_RECORDS, type ExportColumn, type ExportFormat, type ExportRequest } from '@weir/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatNumber } from '../../lib/format.ts';
import { problemText } from '../../lib/problem.ts';
import type { Filter } from './api.ts';
import { formatNames, planQuery } from './export-api.ts';
import type { ExportOrder } from './export.ts';

interface Props {
  filter: Filter;
  /** Columns of the list, in its order. */
  shown: readonly string[];
  onClose: () => void;
  /** Ids of records that are open or chosen: an evidence pack can be made of them alone. */
  chosenRecords: readonly string[];
  onExport: (order: ExportOrder) => void;
  onShowExports: () => void;
}
type Content = 'shown' | 'everything' | 'chosen' | 'records';
const isColumn = (id: string): id is ExportColumn => id in exportColumns;

/** Asks what the file shall hold, and says how many records that is and how it is made. */
export default function ExportDialog({ filter, shown, chosenRecords, onClose, onExport, onShowExports }: Props) {
  const styles = useStyles();
  const [format, setFormat] = useState<ExportFormat>('csv');
  const [content, setContent] = useState<Content>('shown');
  const [chosen, setChosen] = useState<readonly ExportColumn[]>(() => shown.filter(isColumn));
  const [bom, setBom] = useState(true);
  const kind = format === 'csv' && content === 'records' ? 'shown' : content;
  const list = kind === 'chosen' ? chosen : shown.filter(isColumn);
  const request: ExportRequest = {
    format,
    filter,
    ...(format !== 'pack' && { columns: kind === 'everything' || kind === 'records' ? kind : [...list] }),
    ...(format === 'csv' && bom && { bom }),
  };
  const [alone, setAlone] = useState(false);
  const few = format === 'pack' && alone && chosenRecords.length > 0;
  const nothing = format !== 'pack' && kind === 'chosen' && chosen.length === 0;
  const plan = useQuery({ ...planQuery(request), enabled: !nothing && !few });
  const how = plan.data?.how;
  const records = plan.data
    ? `${plan.data.exact ? '' : 'About '}${formatNumber(plan.data.rows)} ${plan.data.rows === 1 ? 'record' : 'records'}`
    : '';
  return (
    <Dialog open onOpenChange={(_, { open }) => (open ? undefined : onClose())}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (few) onExport({ ids: chosenRecords });
            else if (how === 'stream' || how === 'job') onExport({ request, how });
          }}
        >
          <DialogBody>
            <DialogTitle>Export</DialogTitle>
            <DialogContent className={styles.content}>
              <Field label="Format">
                <RadioGroup
                  layout="horizontal"
                  className={styles.wrap}
                  value={format}
                  onChange={(_, d) => setFormat(d.value as ExportFormat)}
                >
                  {Object.entries(formatNames).map(([value, label]) => (
                    <Radio key={value} value={value} label={label} />
                  ))}
                </RadioGroup>
              </Field>
              {format === 'pack' ? (
                <p className={styles.note}>
                  The records in both shapes, a report for reading and printing, where each record was delivered as far as known, and the
                  digest of every file.
                </p>
              ) : (
                <Field label="Columns">
                  <RadioGroup value={kind} onChange={(_, d) => setContent(d.value as Content)}>
                    <Radio value="shown" label="Those of the list" />
                    <Radio value="everything" label="Everything: ids, modified properties, both shapes of the record" />
                    <Radio value="chosen" label="Choose" />
                    {format === 'csv' ? null : <Radio value="records" label="Records as they are routed; they can be imported again" />}
                  </RadioGroup>
                </Field>
              )}
              {format !== 'pack' && kind === 'chosen' ? (
                <fieldset className={styles.columns}>
                  <legend className={styles.legend}>Columns of the file</legend>
                  {exportColumnIds.map((id) => (
                    <Checkbox
                      key={id}
                      label={exportColumns[id]}
                      checked={chosen.includes(id)}
                      onChange={(_, d) => setChosen(exportColumnIds.filter((c) => (c === id ? d.checked === true : chosen.includes(c))))}
                    />
                  ))}
                </fieldset>
              ) : null}
              {format === 'pack' && chosenRecords.length > 0 ? (
                <Field label="Records">
                  <RadioGroup value={few ? 'chosen' : 'all'} onChange={(_, d) => setAlone(d.value === 'chosen')}>
                    <Radio value="all" label="All that the search finds" />
                    <Radio
                      value="chosen"
                      label={
                        chosenRecords.length === 1 ? 'Only the open record' : `The ${formatNumber(chosenRecords.length)} chosen records`
                      }
                    />
                  </RadioGroup>
                </Field>
              ) : null}
              {format === 'csv' ? (
                <Checkbox label="For Excel (byte order mark)" checked={bom} onChange={(_, d) => setBom(d.checked === true)} />
              ) : null}
              <div role="status" className={styles.plan}>
                {nothing ? 'Choose at least one column.' : null}
                {few
                  ? `${formatNumber(chosenRecords.length)} ${chosenRecords.length === 1 ? 'record' : 'records'}. The file is made at once. Times in it are UTC.`
                  : null}
                {!nothing && !few && plan.isPending ? <Spinner size="tiny" label="Counting records …" labelPosition="after" /> : null}
                {!nothing && !few && how === 'stream' ? `${records}. The file is made at once. Times in it are UTC.` : null}
                {!nothing && !few && how === 'job'
                  ? `${records}. Making the file takes a while, so it is made on the server: you find it under My exports, where it is kept for ${plan.data!.keptDays} days. Times in it are UTC.`
                  : null}
              </div>
              {how === 'too-many' && !few ? (
                <MessageBar intent="warning" layout="multiline">
                  <MessageBarBody>
                    {`${records}. An evidence pack holds at most ${formatNumber(MAX_PACK_RECORDS)}: narrow the filter, or export as NDJSON.`}
                  </MessageBarBody>
                </MessageBar>
              ) : null}
              {plan.error ? (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>{problemText(plan.error)}</MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions position="start">
              <Button appearance="transparent" className={styles.exports} onClick={onShowExports}>
                My exports
              </Button>
            </DialogActions>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button appearance="primary" type="submit" disabled={nothing || (!few && how !== 'stream' && how !== 'job')}>
                Export
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  content: { display: 'grid', rowGap: tokens.spacingVerticalM },
  wrap: { flexWrap: 'wrap' },
  note: { margin: 0, color: tokens.colorNeutralForeground2 },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(200px, 1fr))',
    margin: 0,
    padding: `0 0 0 ${tokens.spacingHorizontalXXL}`,
    border: 'none',
    minWidth: 0,
  },
  legend: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  exports: { whiteSpace: 'nowrap', paddingInline: 0, minWidth: 0 },
  plan: { minHeight: '40px', color: tokens.colorNeutralForeground2 },
});
