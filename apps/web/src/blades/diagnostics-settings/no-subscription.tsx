import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { SwitchIcon } from '../../components/icons.ts';
import { useSession } from '../../lib/session.ts';

/** No Azure subscription can be seen: what the portal advises, with the way there. Partner solutions need none. */
export function NoSubscription() {
  const { me, switchDirectory, useAnotherAccount: otherAccount } = useSession();
  const others = me.directories.filter((d) => d.tenantId !== me.directory.tenantId);
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>No Azure subscription is shown.</MessageBarTitle>
        {`Your account sees no subscription in ${me.directory.name}. Switch directory, or sign in with the account that has the Azure subscription; or ask for a role on one, such as Contributor. Partner solutions can be used without a subscription.`}
      </MessageBarBody>
      <MessageBarActions>
        {others.length > 0 ? (
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button icon={<SwitchIcon />}>Switch directory</Button>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                {others.map((d) => (
                  <MenuItem key={d.tenantId} onClick={() => switchDirectory(d.tenantId)}>
                    {d.name}
                  </MenuItem>
                ))}
              </MenuList>
            </MenuPopover>
          </Menu>
        ) : null}
        <Button onClick={otherAccount}>Use another account</Button>
      </MessageBarActions>
    </MessageBar>
  );
}
