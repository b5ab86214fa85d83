import { Button, MessageBar, MessageBarActions, MessageBarBody, ProgressBar, makeStyles } from '@fluentui/react-components';
import { DismissIcon } from '../../components/icons.ts';
import { formatBytes } from '../../lib/format.ts';
import { explain } from '../../lib/problem.ts';
import { formatNames } from './export-api.ts';
import type { ExportState } from './export.ts';

interface Props {
  state: ExportState;
  onCancel: () => void;
  onDismiss: () => void;
  onRetry: () => void;
  onShowExports: () => void;
}

/** How the export fares. */
export default function ExportBar({ state, onCancel, onDismiss, onRetry, onShowExports }: Props) {
  const styles = useStyles();
  if (state.is === 'idle') return null;
  if (state.is === 'running') {
    return (
      <MessageBar intent="info" icon={null} className={styles.bar}>
        <MessageBarBody className={styles.body}>
          {`Exporting as ${formatNames[state.format]} … ${formatBytes(state.bytes)}`}
          <ProgressBar aria-label="Export" className={styles.progress} />
        </MessageBarBody>
        <MessageBarActions>
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        </MessageBarActions>
      </MessageBar>
    );
  }
  const failed = state.is === 'failed' ? explain(state.error) : null;
  const text = failed
    ? `The export failed. ${failed.text}${failed.traceId ? ` (${failed.code}, trace ${failed.traceId})` : ''}`
    : state.is === 'done'
      ? `Exported ${state.name}, ${formatBytes(state.bytes)}.`
      : state.is === 'job'
        ? `${state.name} is made on the server. My exports shows how it fares; you can leave this page.`
        : 'The export was cancelled. No file was saved.';
  return (
    <MessageBar intent={failed ? 'error' : state.is === 'done' ? 'success' : 'info'} layout="multiline" className={styles.bar}>
      <MessageBarBody>{text}</MessageBarBody>
      <MessageBarActions
        containerAction={<Button appearance="transparent" size="small" icon={<DismissIcon />} aria-label="Dismiss" onClick={onDismiss} />}
      >
        {failed ? (
          <Button size="small" onClick={onRetry}>
            Retry
          </Button>
        ) : null}
        {state.is === 'job' ? (
          <Button size="small" onClick={onShowExports}>
            My exports
          </Button>
        ) : null}
      </MessageBarActions>
    </MessageBar>
  );
}

const useStyles = makeStyles({
  bar: { flexShrink: 0 },
  body: { flexGrow: 1 },
  progress: { marginTop: '4px', maxWidth: '240px' },
});
