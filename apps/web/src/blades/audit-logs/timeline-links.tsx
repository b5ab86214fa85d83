import { everyoneOf, type Names } from '@weir/contract';
import { makeStyles, tokens } from '@fluentui/react-components';
import { TimelineIcon } from '../../components/icons.ts';
import { RouterLink } from '../../components/router-link.tsx';

const GUID = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** The things in the id of a target: of an assignment, the policy and the group. */
export const objectsIn = (objectId: string): string[] => {
  const guids = [...new Set((objectId.match(GUID) ?? []).map((g) => g.toLowerCase()))].filter((g) => g !== NOBODY);
  return guids.length === 0 && objectId !== NOBODY ? [objectId] : guids;
};

/** Ways to the timelines of what a target's id names. */
export function TimelineLinks({ objectId, names }: { objectId: string | null; names: Names }) {
  const styles = useStyles();
  const objects = objectId === null ? [] : objectsIn(objectId);
  if (objects.length === 0) return null;
  return (
    <div className={styles.links}>
      <TimelineIcon aria-hidden />
      {objects.map((id, index) => (
        <RouterLink key={id} to="/tenant-administration/audit-logs/object/$objectId" params={{ objectId: id }}>
          {objects.length === 1
            ? 'Timeline of this object'
            : `Timeline of ${everyoneOf(id) ?? names.get(id) ?? (index === 0 ? 'what is assigned' : 'the group')}`}
        </RouterLink>
      ))}
    </div>
  );
}

const useStyles = makeStyles({
  links: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalS,
    paddingTop: tokens.spacingVerticalXS,
  },
});
