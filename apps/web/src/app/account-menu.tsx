import {
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { OtherAccountIcon, SignOutIcon, SwitchIcon, ThemeIcon } from '../components/icons.ts';
import { useSession } from '../lib/session.ts';
import { themeModes, useThemeMode } from './theme-mode.tsx';

const themeNames = { light: 'Light', dark: 'Dark', system: 'System' } as const;

/** Who I am, and what belongs to me rather than to a page: directory, theme, sign out. */
export function AccountMenu() {
  const styles = useStyles();
  const { me, switchDirectory, useAnotherAccount: otherAccount, signOut } = useSession();
  const { mode, setMode } = useThemeMode();
  const { user, directory, directories, roles } = me;
  return (
    <Menu positioning="below-end">
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="transparent" className={styles.button}>
          <span className={styles.hidden}>Account </span>
          <span className={styles.who}>
            <span className={styles.upn}>{user.upn} </span>
            <span className={styles.directory}>{directory.name}</span>
          </span>
          <span className={styles.initials} aria-hidden>
            {initials(user.name)}
          </span>
        </Button>
      </MenuTrigger>
      <MenuPopover role="region" aria-label="Account" className={styles.popover}>
        <div className={styles.card}>
          <Text weight="semibold" block>
            {user.name}
          </Text>
          <Text size={200} block className={styles.quiet}>
            {user.upn}
          </Text>
          <Text size={200} block className={styles.quiet}>
            {directory.name} · {directory.tenantId}
          </Text>
          <Text size={200} block>
            {roles.length > 0 ? roles.join(', ') : 'No directory role'}
          </Text>
        </div>
        <MenuList>
          <MenuDivider />
          {directories.length > 1 ? (
            <Menu
              checkedValues={{ directory: [directory.tenantId] }}
              onCheckedValueChange={(_, { checkedItems }) =>
                checkedItems[0] && checkedItems[0] !== directory.tenantId ? switchDirectory(checkedItems[0]) : undefined
              }
            >
              <MenuTrigger disableButtonEnhancement>
                <MenuItem icon={<SwitchIcon />}>Switch directory</MenuItem>
              </MenuTrigger>
              <MenuPopover>
                <MenuList>
                  {directories.map((d) => (
                    <MenuItemRadio key={d.tenantId} name="directory" value={d.tenantId}>
                      {d.name}
                    </MenuItemRadio>
                  ))}
                </MenuList>
              </MenuPopover>
            </Menu>
          ) : null}
          <Menu
            checkedValues={{ theme: [mode] }}
            onCheckedValueChange={(_, { checkedItems }) => setMode(themeModes.find((m) => m === checkedItems[0]) ?? 'system')}
          >
            <MenuTrigger disableButtonEnhancement>
              <MenuItem icon={<ThemeIcon />}>Theme</MenuItem>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuGroup>
                  <MenuGroupHeader>Theme</MenuGroupHeader>
                  {themeModes.map((m) => (
                    <MenuItemRadio key={m} name="theme" value={m}>
                      {themeNames[m]}
                    </MenuItemRadio>
                  ))}
                </MenuGroup>
              </MenuList>
            </MenuPopover>
          </Menu>
          <MenuItem icon={<OtherAccountIcon />} onClick={otherAccount}>
            Use another account
          </MenuItem>
          <MenuItem icon={<SignOutIcon />} onClick={signOut}>
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

const initials = (name: string): string => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0]?.toUpperCase() ?? '').join('');
};

const useStyles = makeStyles({
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  initials: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '28px',
    height: '28px',
    borderRadius: tokens.borderRadiusCircular,
    backgroundColor: '#fff',
    color: '#0059a6',
    fontSize: '12px',
    fontWeight: tokens.fontWeightSemibold,
  },
  button: {
    color: 'inherit',
    columnGap: tokens.spacingHorizontalS,
    fontWeight: tokens.fontWeightRegular,
    height: '40px',
    maxWidth: 'none',
    minWidth: 'auto',
    ':hover': { color: 'inherit', backgroundColor: 'rgba(255,255,255,0.14)' },
    ':hover:active': { color: 'inherit', backgroundColor: 'rgba(255,255,255,0.2)' },
    '@media (max-width: 640px)': { padding: `0 ${tokens.spacingHorizontalXS}` },
  },
  who: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-end',
    lineHeight: '15px',
    fontSize: tokens.fontSizeBase200,
    '@media (max-width: 640px)': { display: 'none' },
  },
  upn: { maxWidth: '280px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  directory: { fontSize: '11px', textTransform: 'uppercase', letterSpacing: '0.02em' },
  popover: { minWidth: '280px', maxWidth: '360px' },
  card: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    overflowWrap: 'anywhere',
    display: 'grid',
    rowGap: tokens.spacingVerticalXXS,
  },
  quiet: { color: tokens.colorNeutralForeground2 },
});
