import { Button, Tab, TabList, makeStyles, tokens } from '@fluentui/react-components';
import type { AuditDetails } from '@weir/contract';
import { useId, useMemo, useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { ExportIcon } from '../../components/icons.ts';

type Shape = 'graph' | 'log';
const shapes: Record<Shape, { label: string; file: string }> = {
  graph: { label: 'Graph object', file: 'graph' },
  log: { label: 'Resource log record', file: 'record' },
};

/** The record as it came and as it is routed, to be read, copied and taken away. */
export function RawRecord({ record }: { record: AuditDetails }) {
  const styles = useStyles();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [wanted, setShape] = useState<Shape>('graph');
  const shape = record.original === null ? 'log' : wanted;
  const text = useMemo(
    () => (open ? JSON.stringify(shape === 'graph' ? record.original : record.body, null, 2) : ''),
    [open, shape, record],
  );
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${record.id.replaceAll(/[^\w.-]+/g, '-').slice(0, 80)}-${shapes[shape].file}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <details className={styles.root} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>Raw record (JSON)</summary>
      {open ? (
        <>
          <div className={styles.bar}>
            <TabList
              size="small"
              selectedValue={shape}
              onTabSelect={(_, data) => setShape(data.value as Shape)}
              aria-label="Shape of the record"
            >
              {(['graph', 'log'] as const).map((value) => (
                <Tab
                  key={value}
                  id={`${id}-${value}`}
                  value={value}
                  aria-controls={`${id}-panel`}
                  disabled={value === 'graph' && record.original === null}
                >
                  {shapes[value].label}
                </Tab>
              ))}
            </TabList>
            <span className={styles.actions}>
              <CopyButton value={text} label={`Copy the ${shapes[shape].label.toLowerCase()}`} />
              <Button
                appearance="subtle"
                size="small"
                icon={<ExportIcon />}
                aria-label={`Download the ${shapes[shape].label.toLowerCase()}`}
                onClick={download}
              />
            </span>
          </div>
          <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shape}`}>
            {record.original === null ? (
              <p className={styles.note}>This record did not come from Microsoft Graph, so there is no Graph object of it.</p>
            ) : null}
            <pre className={styles.json} tabIndex={0} aria-label={`${shapes[shape].label} as JSON`}>
              {text}
            </pre>
          </div>
        </>
      ) : null}
    </details>
  );
}

const useStyles = makeStyles({
  root: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: tokens.spacingVerticalS },
  summary: {
    cursor: 'pointer',
    padding: `${tokens.spacingVerticalXS} 0`,
    fontWeight: tokens.fontWeightSemibold,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between' },
  actions: { display: 'flex' },
  note: { margin: `${tokens.spacingVerticalXS} 0`, color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  json: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    overflow: 'auto',
    maxHeight: '400px',
    unicodeBidi: 'plaintext',
    backgroundColor: tokens.colorNeutralBackground3,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});
