import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, lazy, useContext, useEffect, useRef, useState } from 'react';
import { MenuIcon } from '../components/icons.ts';
import { LoadingRows } from '../components/loading-rows.tsx';
import { useSession } from '../lib/session.ts';
import { NARROW, useMedia } from '../lib/use-media.ts';
import { AccountButton } from './account-button.tsx';
import { AppNav } from './nav.tsx';
import { Notice, NoticeContext } from './notice.tsx';

const AccountMenu = lazy(() => import('./account-menu.tsx'));

/** Top bar, menu and the blade. */
export function Shell() {
  const styles = useStyles();
  /** Pressed before the menu was there: it opens when it comes. */
  const [accountWanted, setAccountWanted] = useState(false);
  const { me } = useSession();
  const notice = useContext(NoticeContext);
  const narrow = useMedia(NARROW);
  const [menu, setMenu] = useState<{ wide: boolean; narrow: boolean }>({ wide: true, narrow: false });
  const open = narrow ? menu.narrow : menu.wide;
  const setOpen = (value: boolean) => setMenu((before) => ({ ...before, [narrow ? 'narrow' : 'wide']: value }));
  const path = useRouterState({ select: (s) => s.location.pathname });
  useFocusOnNewPage(path);

  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip} onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}>
        Skip to content
      </a>
      <header className={styles.bar}>
        <Button
          appearance="transparent"
          icon={<MenuIcon />}
          aria-label={open ? 'Hide menu' : 'Show menu'}
          aria-expanded={open}
          className={styles.barButton}
          onClick={() => setOpen(!open)}
        />
        <span className={styles.product}>Weir admin center</span>
        <Suspense fallback={<AccountButton aria-haspopup="menu" onClick={() => setAccountWanted(true)} />}>
          <AccountMenu open={accountWanted} />
        </Suspense>
      </header>
      <Notice label="Notice" text={notice} />
      <Notice label="Warning" text={me.warning} />
      <div className={styles.body}>
        <AppNav overlay={narrow} open={open} onClose={() => setOpen(false)} />
        <main id="main" tabIndex={-1} className={styles.main}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

/** The blade's code is on its way. */
function Loading() {
  const styles = useStyles();
  return (
    <div className={styles.loading}>
      <LoadingRows label="Loading the page" />
    </div>
  );
}

/** A new page begins at its heading, for keyboard and screen reader; not on the first load, where the browser's own start is right. */
function useFocusOnNewPage(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    const timer = setTimeout(() => {
      if (!document.querySelector('[role="dialog"], [role="alertdialog"]')) document.getElementById('page-title')?.focus();
    }, 50);
    return () => clearTimeout(timer);
  }, [path]);
}

const useStyles = makeStyles({
  shell: {
    height: '100%',
    display: 'flex',
    flexDirection: 'column',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
  },
  skip: {
    position: 'absolute',
    insetInlineStart: tokens.spacingHorizontalM,
    top: '-60px',
    zIndex: 10,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    ':focus': { top: tokens.spacingVerticalXS },
  },
  bar: {
    display: 'flex',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalS,
    height: '44px',
    flexShrink: 0,
    padding: `0 ${tokens.spacingHorizontalM} 0 ${tokens.spacingHorizontalS}`,
    backgroundColor: '#0059a6',
    color: '#fff',
    borderBottom: '1px solid transparent',
  },
  barButton: {
    color: 'inherit',
    ':hover': { color: '#fff', backgroundColor: 'rgba(255,255,255,0.14)' },
    ':hover:active': { color: '#fff' },
  },
  product: {
    flexGrow: 1,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase300,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  body: { flexGrow: 1, minHeight: 0, display: 'flex' },
  main: { flexGrow: 1, minWidth: 0, overflowY: 'auto', position: 'relative', outlineStyle: 'none' },
  loading: { padding: `${tokens.spacingVerticalXXL} ${tokens.spacingHorizontalXXL}` },
});
