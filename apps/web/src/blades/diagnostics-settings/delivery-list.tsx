import { Badge, Text, Tooltip, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { destinationNames, type DeliveryView } from '@weir/contract';
import { DeliveryMenu } from './delivery-menu.tsx';
import { lagText } from './setting-figures.ts';
import { useTable } from './setting/table.ts';
import { StatusBadge } from './status-badge.tsx';
import { Time } from '../../components/time.tsx';

const number = new Intl.NumberFormat('en-US');

/** How each delivery of a setting fares: one line per destination and category. */
export function DeliveryList({
  deliveries,
  targets,
}: {
  deliveries: readonly DeliveryView[];
  targets: Record<DeliveryView['type'], string>;
}) {
  const styles = useStyles();
  const table = useTable();
  return (
    <div className={table.scroll}>
      <table className={mergeClasses(table.table, styles.table)} aria-label="Deliveries">
        <thead>
          <tr>
            {['Destination', 'Category', 'Status', 'Lag', 'Last delivered', 'Delivered', 'Waiting', 'Quarantined'].map((title) => (
              <th key={title} scope="col" className={mergeClasses(table.head, title === 'Category' && styles.wide)}>
                {title}
              </th>
            ))}
            <th scope="col" className={mergeClasses(table.head, styles.actions)}>
              Actions
            </th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((d) => (
            <tr key={d.id}>
              <td className={table.cell}>
                {destinationNames[d.type]}
                <Text block size={200} className={table.quiet}>
                  {targets[d.type]}
                </Text>
                <Text block size={200} className={styles.narrow}>
                  {d.category}
                </Text>
              </td>
              <td className={mergeClasses(table.cell, styles.wide)}>{d.category}</td>
              <td className={styles.status}>
                <StatusBadge status={d.status} />
                {d.reason && d.status !== 'Healthy' ? (
                  <Text block size={200} className={table.quiet}>
                    {d.reason} {d.remedy}
                  </Text>
                ) : null}
              </td>
              <td className={table.number}>{d.lagMs > 0 ? lagText(d.lagMs) : 'None'}</td>
              <td className={table.cell}>
                {d.lastDeliveredAt ? <Time value={d.lastDeliveredAt} /> : <span className={table.quiet}>Not yet</span>}
              </td>
              <td className={table.number}>
                {number.format(d.delivered)}
                {d.filtered > 0 ? (
                  <Text block size={200} className={table.quiet}>
                    {number.format(d.filtered)} filtered out
                  </Text>
                ) : null}
              </td>
              <td className={table.number}>{number.format(d.waiting)}</td>
              <td className={table.number}>
                {d.quarantined > 0 ? (
                  <Tooltip
                    relationship="description"
                    content="Records that the destination refused for good. They are kept with the reason."
                  >
                    <Badge appearance="tint" color="danger" tabIndex={0}>
                      {number.format(d.quarantined)}
                    </Badge>
                  </Tooltip>
                ) : (
                  '0'
                )}
              </td>
              <td className={mergeClasses(table.cell, styles.actions)}>
                <DeliveryMenu delivery={d} title={`${destinationNames[d.type]}, ${d.category}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const useStyles = makeStyles({
  table: { minWidth: '760px' },
  status: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM} ${tokens.spacingVerticalS} 0`,
    verticalAlign: 'top',
    minWidth: '180px',
    maxWidth: '420px',
  },
  // In reach however narrow the window is.
  actions: {
    position: 'sticky',
    insetInlineEnd: 0,
    paddingInlineStart: tokens.spacingHorizontalS,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  // On a phone the status would be behind the actions: the category gives it its place.
  wide: { '@media (max-width: 480px)': { display: 'none' } },
  narrow: { '@media (min-width: 481px)': { display: 'none' } },
});
