import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components';
import { DismissIcon } from '../../components/icons.ts';
import type { Copied } from './copy-view.tsx';

/** What was copied, to be read before it is pasted; or why it was not. */
export default function CopiedBar({ copied, onDismiss }: { copied: NonNullable<Copied>; onDismiss: () => void }) {
  const styles = useStyles();
  const { form, text, done } = copied;
  const says =
    text === null
      ? `This search cannot be said as a ${form}. Take out stars within values, words joined with fields by "or", and values that the other side does not have.`
      : done
        ? `Copied as ${form}.`
        : 'The browser did not allow copying. Select the text here.';
  return (
    <MessageBar intent={text === null ? 'warning' : done ? 'success' : 'info'} layout="multiline" className={styles.bar}>
      <MessageBarBody>
        {says}
        {text === null ? null : (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls by itself, so keys must reach it
          <pre className={styles.text} tabIndex={0} aria-label={form}>
            {text}
          </pre>
        )}
      </MessageBarBody>
      <MessageBarActions
        containerAction={<Button appearance="transparent" size="small" icon={<DismissIcon />} aria-label="Dismiss" onClick={onDismiss} />}
      />
    </MessageBar>
  );
}

const useStyles = makeStyles({
  bar: { flexShrink: 0 },
  text: {
    margin: `${tokens.spacingVerticalXS} 0 ${tokens.spacingVerticalS}`,
    maxHeight: '96px',
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
  },
});
