import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useRef } from 'react';
import type { Difference } from './conflict-state.ts';

interface Props {
  differences: readonly Difference[];
  version: number;
  onTheirs: () => void;
  onMine: () => void;
}

/** Somebody else saved the setting meanwhile: what each changed, and the choice. Nothing is saved by it. */
export default function SettingConflict({ differences, version, onTheirs, onMine }: Props) {
  const styles = useStyles();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} tabIndex={-1} role="group" aria-label="Changed by somebody else" className={styles.root}>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Not saved: somebody else changed this setting meanwhile.</MessageBarTitle>
          It is at version {version} now. Take theirs to drop your changes; go on with yours to look them over and save again: that replaces
          theirs.
        </MessageBarBody>
        <MessageBarActions>
          <Button onClick={onTheirs}>Take theirs</Button>
          <Button onClick={onMine}>Go on with mine</Button>
        </MessageBarActions>
      </MessageBar>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="What each changed">
        <table className={styles.table} aria-label="Differences">
          <thead>
            <tr>
              {['Field', 'Was', 'Theirs', 'Mine'].map((head) => (
                <th key={head} scope="col" className={styles.cell}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, was, theirs, mine, clash }) => (
              <tr key={field}>
                <th scope="row" className={styles.cell}>
                  {field}
                  {clash ? ' (both changed it)' : ''}
                </th>
                {[was, theirs, mine].map((value, i) => (
                  <td key={i} className={styles.cell}>
                    {value ?? 'None'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const useStyles = makeStyles({
  root: { display: 'grid', rowGap: tokens.spacingVerticalM, minWidth: 0 },
  scroll: { overflowX: 'auto', minWidth: 0 },
  table: { borderCollapse: 'collapse', minWidth: '560px', width: '100%' },
  cell: {
    textAlign: 'start',
    verticalAlign: 'top',
    overflowWrap: 'anywhere',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
});
