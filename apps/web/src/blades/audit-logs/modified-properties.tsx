import { Text, makeStyles, tokens } from '@fluentui/react-components';
import type { AuditDetails } from '@weir/contract';
import { CopyButton } from '../../components/copy-button.tsx';

type Property = AuditDetails['targets'][number]['modifiedProperties'][number];

/** Property, new value, old value: the portal puts the new one first. */
export function ModifiedProperties({ properties }: { properties: readonly Property[] }) {
  const styles = useStyles();
  return (
    <>
      <Text as="h4" weight="semibold" className={styles.heading}>
        Modified Properties
      </Text>
      <table className={styles.table} aria-label="Modified Properties">
        <thead>
          <tr>
            {['Property', 'New Value', 'Old Value'].map((title) => (
              <th key={title} scope="col" className={styles.head}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {properties.map((property, index) => (
            <tr key={index}>
              <th scope="row" className={styles.name}>
                {property.name}
              </th>
              <Cell value={property.newValue} label={`Copy new value of ${property.name}`} />
              <Cell value={property.oldValue} label={`Copy old value of ${property.name}`} />
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Cell({ value, label }: { value: string | null; label: string }) {
  const styles = useStyles();
  if (value === null || value === '') {
    return (
      <td className={styles.cell}>
        <span className={styles.quiet} role="img" aria-label="not recorded">
          –
        </span>
      </td>
    );
  }
  return (
    <td className={styles.cell}>
      <div className={styles.value}>
        <span>{value}</span>
        <CopyButton value={value} label={label} className={styles.copy} />
      </div>
    </td>
  );
}

const useStyles = makeStyles({
  heading: { margin: `${tokens.spacingVerticalM} 0 ${tokens.spacingVerticalXS}`, display: 'block' },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    tableLayout: 'fixed',
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
  },
  head: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  name: {
    textAlign: 'start',
    fontWeight: tokens.fontWeightRegular,
    verticalAlign: 'top',
    overflowWrap: 'anywhere',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  cell: {
    verticalAlign: 'top',
    overflowWrap: 'anywhere',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalS} ${tokens.spacingVerticalXS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  value: { display: 'flex', justifyContent: 'space-between', alignItems: 'flex-start', columnGap: tokens.spacingHorizontalXXS },
  copy: { flexShrink: 0, minWidth: '24px', color: tokens.colorNeutralForeground3 },
  quiet: { color: tokens.colorNeutralForeground3 },
});
