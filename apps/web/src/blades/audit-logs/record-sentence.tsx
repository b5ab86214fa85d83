import { Text, makeStyles, tokens } from '@fluentui/react-components';
import { sentenceParts, type AuditDetails } from '@weir/contract';
import { PlainText } from '../../components/plain-text.tsx';

/** What the record says, in one plain sentence; the activity's own name below, or instead where no rule fits. */
export function RecordSentence({ record }: { record: AuditDetails }) {
  const styles = useStyles();
  const parts = sentenceParts(record);
  const { name } = record.activity;
  const failed = /fail|error|timeout/i.test(record.status.status ?? '');
  return (
    <header className={styles.root}>
      <Text as="h3" size={400} weight="regular" className={styles.sentence}>
        {parts
          ? parts.map((part, index) =>
              part.kind === 'text' ? (
                part.text
              ) : (
                <strong key={index} className={styles.name} {...(part.id && { title: part.id })}>
                  <PlainText text={part.text} />
                </strong>
              ),
            )
          : (name ?? 'A record without an activity')}
      </Text>
      <span className={styles.activity}>
        {parts && name ? <PlainText text={name} /> : null}
        {failed ? <span className={styles.failed}>{record.status.status}</span> : null}
      </span>
    </header>
  );
}

const useStyles = makeStyles({
  root: { marginBottom: tokens.spacingVerticalL, display: 'flex', flexDirection: 'column', rowGap: tokens.spacingVerticalXS },
  sentence: { margin: 0, display: 'block', overflowWrap: 'anywhere', lineHeight: tokens.lineHeightBase400 },
  name: { fontWeight: tokens.fontWeightSemibold },
  activity: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalS,
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
  },
  failed: {
    padding: '0 6px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorPaletteRedForeground1,
    backgroundColor: tokens.colorPaletteRedBackground1,
    border: `1px solid ${tokens.colorPaletteRedBorder1}`,
  },
});
