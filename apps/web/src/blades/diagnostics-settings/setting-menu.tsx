import { Button, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { destinationNames, type DeliveryView, type SettingView } from '@weir/contract';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { MoreIcon } from '../../components/icons.ts';
import { DeleteSetting } from './delete-setting.tsx';
import { PauseSetting } from './pause-setting.tsx';
import { ReplayDialog } from './replay-panel.tsx';

const CheckSetting = lazy(() => import('./trials/check-setting.tsx'));

const settingPath = '/reports/diagnostics-settings/edit/$name' as const;
type Open = 'check' | 'pause' | 'resume' | 'delete' | DeliveryView;

/** What can be done with one setting. `full`: there are as many as Azure allows, so that none can be copied. */
export function SettingMenu({ setting, full }: { setting: SettingView; full: boolean }) {
  const navigate = useNavigate();
  const announce = useAnnounce();
  const [open, setOpen] = useState<Open | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { name, deliveries } = setting;
  const close = () => {
    setOpen(null);
    // The menu item that opened the dialog is gone by now.
    setTimeout(() => button.current?.focus());
  };
  const params = { name };
  const paused = deliveries.filter((d) => d.status === 'Paused').length;
  const titleOf = (d: DeliveryView) => `${destinationNames[d.type]}, ${d.category}`;
  const [only] = deliveries.length === 1 ? deliveries : [];
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button ref={button} appearance="subtle" size="small" icon={<MoreIcon />} aria-label={`More for ${name}`} />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => void navigate({ to: settingPath, params })}>Edit setting</MenuItem>
            <MenuItem onClick={() => setOpen('check')}>Check</MenuItem>
            <MenuDivider />
            <MenuItem disabled={paused === deliveries.length} onClick={() => setOpen('pause')}>
              Pause …
            </MenuItem>
            <MenuItem disabled={paused === 0} onClick={() => setOpen('resume')}>
              Resume …
            </MenuItem>
            {only ? (
              <MenuItem onClick={() => setOpen(only)}>Replay …</MenuItem>
            ) : (
              <Menu>
                <MenuTrigger disableButtonEnhancement>
                  <MenuItem>Replay</MenuItem>
                </MenuTrigger>
                <MenuPopover>
                  <MenuList>
                    {deliveries.map((d) => (
                      <MenuItem key={d.id} onClick={() => setOpen(d)}>
                        {titleOf(d)}
                      </MenuItem>
                    ))}
                  </MenuList>
                </MenuPopover>
              </Menu>
            )}
            <MenuDivider />
            <MenuItem
              disabled={full}
              {...(full && { subText: 'There are 5 settings, the most that Azure allows.' })}
              onClick={() => void navigate({ to: '/reports/diagnostics-settings/new', search: { from: name } })}
            >
              Duplicate …
            </MenuItem>
            <MenuItem onClick={() => void navigate({ to: `${settingPath}/as-code`, params })}>As code</MenuItem>
            <MenuDivider />
            <MenuItem onClick={() => setOpen('delete')}>Delete …</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      {open === 'check' ? (
        <Suspense>
          <CheckSetting setting={setting} onClose={close} />
        </Suspense>
      ) : null}
      {open === 'pause' || open === 'resume' ? <PauseSetting setting={setting} resume={open === 'resume'} onClose={close} /> : null}
      {open !== null && typeof open === 'object' ? <ReplayDialog id={open.id} title={titleOf(open)} onClose={close} /> : null}
      <DeleteSetting
        name={name}
        open={open === 'delete'}
        onClose={close}
        onDeleted={() => announce(`Diagnostic setting ${name} deleted.`)}
      />
    </>
  );
}
