import {
  Breadcrumb,
  BreadcrumbButton,
  BreadcrumbDivider,
  BreadcrumbItem,
  Text,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { createLink } from '@tanstack/react-router';
import { Fragment, useEffect, type ReactNode } from 'react';

export type Crumb = string | { label: string; to: string };
interface Props {
  title: string;
  subtitle?: string;
  /** The way here, without Home and without this page. */
  breadcrumb?: readonly Crumb[];
  /** The page takes the height of the window, and its content scrolls inside. */
  fill?: boolean;
  children: ReactNode;
}

/** The frame of every blade: document title, breadcrumb, heading. */
export function Page({ title, subtitle, breadcrumb = [], fill = false, children }: Props) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} - Weir`;
  }, [title]);
  const crumbs: readonly Crumb[] = [{ label: 'Home', to: '/' }, ...breadcrumb];
  return (
    <div className={mergeClasses(styles.page, fill && styles.fill)}>
      {title !== 'Home' ? (
        <Breadcrumb aria-label="Breadcrumb" size="small" className={styles.crumbs}>
          {crumbs.map((crumb, index) => {
            const label = typeof crumb === 'string' ? crumb : crumb.label;
            return (
              <Fragment key={label}>
                {index > 0 ? <BreadcrumbDivider /> : null}
                <BreadcrumbItem>
                  {typeof crumb === 'string' ? <span className={styles.crumb}>{label}</span> : <CrumbLink to={crumb.to}>{label}</CrumbLink>}
                </BreadcrumbItem>
              </Fragment>
            );
          })}
          <BreadcrumbDivider />
          <BreadcrumbItem>
            <span aria-current="page" className={mergeClasses(styles.crumb, styles.here)}>
              {title}
            </span>
          </BreadcrumbItem>
        </Breadcrumb>
      ) : null}
      <header className={styles.header}>
        <Text as="h1" size={600} weight="semibold" className={styles.title} tabIndex={-1} id="page-title">
          {title}
        </Text>
        {subtitle ? <Text className={styles.subtitle}>{subtitle}</Text> : null}
      </header>
      {children}
    </div>
  );
}

const CrumbLink = createLink(function CrumbAnchor(props: React.ComponentProps<'a'>) {
  const { children, href, onClick } = props;
  return (
    <BreadcrumbButton as="a" href={href} onClick={onClick as React.MouseEventHandler<HTMLElement>}>
      {children}
    </BreadcrumbButton>
  );
});

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: tokens.spacingVerticalM,
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalXXL} ${tokens.spacingVerticalXXL}`,
    boxSizing: 'border-box',
    minWidth: 0,
    '@media (max-width: 640px)': { paddingInline: tokens.spacingHorizontalM },
  },
  fill: { height: '100%', minHeight: '480px', paddingBottom: tokens.spacingVerticalM },
  // On a phone a long way here takes two lines.
  crumbs: { marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalS})`, '& > ol': { flexWrap: 'wrap' } },
  crumb: {
    padding: `0 ${tokens.spacingHorizontalSNudge}`,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
    whiteSpace: 'nowrap',
  },
  here: { color: tokens.colorNeutralForeground1, overflow: 'hidden', textOverflow: 'ellipsis', maxWidth: '40vw' },
  header: { display: 'flex', flexDirection: 'column' },
  title: { margin: 0, outlineStyle: 'none', overflowWrap: 'anywhere' },
  subtitle: { color: tokens.colorNeutralForeground2 },
});
