import type { SavedView } from '@weir/contract';
import { useAnnounce } from '../../components/announce.tsx';
import type { Command } from '../../components/command-bar.tsx';
import {
  ColumnsIcon,
  ExportIcon,
  FilterIcon,
  LiveIcon,
  RefreshIcon,
  ReportsIcon,
  SettingsIcon,
  ViewsIcon,
} from '../../components/icons.ts';
import type { AuditLogsSearch } from './search.ts';
import type { View } from './use-view.ts';
import { builtInViews } from './views.ts';

/** What lies over the list. */
export type Overlay = 'columns' | 'filter' | 'export' | 'views';
interface Options {
  search: AuditLogsSearch;
  view: View;
  saved: readonly SavedView[];
  refreshing: boolean;
  exporting: boolean;
  copy: Command;
  onOpen: (overlay: Overlay) => void;
  onRefresh: () => void;
  onShow: (search: AuditLogsSearch) => void;
  /** Live is switched: what "now" is begins anew. */
  onLive: () => void;
}

/** The commands of the blade: the portal's first and in its order, then our own. */
export function useCommands(options: Options): Command[] {
  const { search, view, saved, refreshing, exporting, copy, onOpen, onRefresh, onShow, onLive } = options;
  const announce = useAnnounce();
  const live = search.live === 1;
  return [
    { id: 'columns', label: 'Columns', icon: <ColumnsIcon />, onClick: () => onOpen('columns') },
    { id: 'filter', label: 'Filter', icon: <FilterIcon />, onClick: () => onOpen('filter') },
    { id: 'refresh', label: 'Refresh', icon: <RefreshIcon />, onClick: onRefresh, disabled: refreshing },
    { id: 'export', label: 'Export', icon: <ExportIcon />, disabled: exporting, onClick: () => onOpen('export') },
    { id: 'settings', label: 'Export data settings', icon: <SettingsIcon />, onClick: view.showSettings },
    {
      id: 'values',
      label: search.values ? 'Hide values' : 'Show values',
      icon: <ReportsIcon />,
      onClick: () => view.change({ values: search.values ? undefined : true }),
    },
    {
      id: 'views',
      label: 'Views',
      icon: <ViewsIcon />,
      choices: [
        ...builtInViews.map(({ label, q }) => ({ label, long: `View: ${label}`, onClick: () => onShow({ q }) })),
        ...saved.map((v) => ({
          label: v.shared ? `${v.name} (directory)` : v.name,
          long: `View: ${v.name}`,
          onClick: () => onShow(v.search as AuditLogsSearch),
        })),
        { label: 'Save or delete views …', long: 'Save or delete views …', onClick: () => onOpen('views') },
      ],
    },
    {
      id: 'live',
      label: live ? 'Stop live' : 'Live',
      icon: <LiveIcon />,
      onClick: () => {
        onLive();
        if (live) announce('Live stopped');
        view.change({ live: live ? undefined : 1, order: undefined });
      },
    },
    copy,
  ];
}
