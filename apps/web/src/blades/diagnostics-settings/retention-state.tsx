import { Badge, MessageBar, MessageBarBody, MessageBarTitle, Text, makeStyles, tokens } from '@fluentui/react-components';
import type { SettingView } from '@weir/contract';

/** What stands in the way of retention: a legal hold, or blobs that could not be deleted. */
export function RetentionState({ setting: { legalHold, retentionFault } }: { setting: Pick<SettingView, 'legalHold' | 'retentionFault'> }) {
  const styles = useStyles();
  return (
    <>
      {legalHold ? (
        <div className={styles.hold}>
          <Badge appearance="tint" color="informative">
            Legal hold
          </Badge>
          <Text size={200} className={styles.text}>
            {legalHold.reason}
          </Text>
        </div>
      ) : null}
      {retentionFault ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              {retentionFault.blobs === 1
                ? 'One blob is past its retention days and not deleted yet.'
                : `${retentionFault.blobs.toLocaleString('en-US')} blobs are past their retention days and not deleted yet.`}
            </MessageBarTitle>
            {retentionFault.message} {retentionFault.remedy ?? 'It is tried again.'}
          </MessageBarBody>
        </MessageBar>
      ) : null}
    </>
  );
}

const useStyles = makeStyles({
  hold: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: tokens.spacingHorizontalS, rowGap: tokens.spacingVerticalXS },
  text: { overflowWrap: 'anywhere', minWidth: 0 },
});
