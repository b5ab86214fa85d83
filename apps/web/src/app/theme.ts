import { createDarkTheme, createLightTheme, type BrandVariants, type Theme } from '@fluentui/react-components';

/** Around #006ac6, the blue of Microsoft's admin centers. */
const brand: BrandVariants = {
  10: '#04142b',
  20: '#061f3f',
  30: '#082a53',
  40: '#0a366a',
  50: '#0a4382',
  60: '#084f99',
  70: '#045cb0',
  80: '#006ac6',
  90: '#2381dd',
  100: '#4497ec',
  110: '#61a6f2',
  120: '#7cb5f5',
  130: '#99c5f8',
  140: '#b6d5fa',
  150: '#d2e5fc',
  160: '#ecf4fe',
};
const fontFamilyBase = '"Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif';
const fontFamilyMonospace = '"Cascadia Mono", Consolas, ui-monospace, "SFMono-Regular", Menlo, monospace';

export const lightTheme: Theme = { ...createLightTheme(brand), fontFamilyBase, fontFamilyMonospace };
export const darkTheme: Theme = {
  ...createDarkTheme(brand),
  fontFamilyBase,
  fontFamilyMonospace,
  // Fluent's own dark values are too dim as text on dark surfaces.
  colorBrandForeground1: brand[110],
  colorBrandForeground2: brand[120],
  colorBrandForegroundLink: brand[110],
  colorBrandForegroundLinkHover: brand[120],
  colorBrandForegroundLinkPressed: brand[130],
};
