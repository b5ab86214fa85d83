import { FluentProvider, RendererProvider, createDOMRenderer } from '@fluentui/react-components';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { AnnounceProvider } from '../components/announce.tsx';
import { isTransient } from '../lib/problem.ts';
import { ZoneProvider } from '../lib/zone.tsx';
import { Gate } from './gate.tsx';
import { router } from './router.tsx';
import { ThemeModeProvider, useThemeMode } from './theme-mode.tsx';
import { darkTheme, lightTheme } from './theme.ts';

// The page's policy lets only styles with this nonce in. Browsers hide the attribute, hence the property.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });
const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => count < 2 && isTransient(error), staleTime: 10_000 }, mutations: { retry: false } },
});

export function App() {
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <ThemeModeProvider>
        <Themed />
      </ThemeModeProvider>
    </RendererProvider>
  );
}

function Themed() {
  const { dark } = useThemeMode();
  return (
    <FluentProvider theme={dark ? darkTheme : lightTheme} style={{ height: '100%' }}>
      <AnnounceProvider>
        <QueryClientProvider client={queryClient}>
          <ZoneProvider>
            <Gate>
              <RouterProvider router={router} />
            </Gate>
          </ZoneProvider>
        </QueryClientProvider>
      </AnnounceProvider>
    </FluentProvider>
  );
}
