import {
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
import { AccountButton } from './account-button.tsx';
import { OtherAccountIcon, SignOutIcon, SwitchIcon, ThemeIcon } from '../components/icons.ts';
import { useSession } from '../lib/session.ts';
import { themeModes, useThemeMode } from './theme-mode.tsx';

const themeNames = { light: 'Light', dark: 'Dark', system: 'System' } as const;

/** Who I am, and what belongs to me rather than to a page: directory, theme, sign out. */
export default function AccountMenu({ open }: { open: boolean }) {
  const styles = useStyles();
  const { me, switchDirectory, useAnotherAccount: otherAccount, signOut } = useSession();
  const { mode, setMode } = useThemeMode();
  const { user, directory, directories, roles } = me;
  return (
    <Menu positioning="below-end" defaultOpen={open}>
      <MenuTrigger disableButtonEnhancement>
        <AccountButton />
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

const useStyles = makeStyles({
  popover: { minWidth: '280px', maxWidth: '360px' },
  card: {
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    overflowWrap: 'anywhere',
    display: 'grid',
    rowGap: tokens.spacingVerticalXXS,
  },
  quiet: { color: tokens.colorNeutralForeground2 },
});
