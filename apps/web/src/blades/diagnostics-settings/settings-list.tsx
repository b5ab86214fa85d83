import { makeStyles, tokens } from '@fluentui/react-components';
import type { SettingListItem } from '@weir/contract';
import { SettingRow } from './setting-row.tsx';

/** The portal's columns, in its order. */
const portal = ['Name', 'Storage account', 'Event hub', 'Log Analytics workspace', 'Partner solution', 'Edit setting'];
const titles = [...portal, 'More'];

/** The saved settings: the portal's columns first, then how each fares; its deliveries below it. */
export function SettingsList({
  settings,
  full,
  onEdit,
  onCode,
}: {
  settings: readonly SettingListItem[];
  full: boolean;
  onEdit: (name: string) => void;
  onCode: (name: string) => void;
}) {
  const styles = useStyles();
  return (
    <div className={styles.scroll} role="region" aria-label="Diagnostic settings, scrollable" tabIndex={0}>
      <table className={styles.table} aria-label="Diagnostic settings">
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col" className={styles.head}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {settings.map((setting) => (
          <SettingRow
            key={setting.name}
            setting={setting}
            full={full}
            columns={titles.length}
            onEdit={() => onEdit(setting.name)}
            onCode={() => onCode(setting.name)}
          />
        ))}
      </table>
    </div>
  );
}

const useStyles = makeStyles({
  // The width of what spans the columns is that of the window, however wide the table is.
  scroll: { overflowX: 'auto', minWidth: 0, containerType: 'inline-size' },
  table: { borderCollapse: 'collapse', width: '100%', minWidth: '760px', fontSize: tokens.fontSizeBase300 },
  head: {
    textAlign: 'start',
    verticalAlign: 'bottom',
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalXS} 0`,
  },
});
