// One chunk for the bars that come up seldom: apart, what they share would become chunks of its own.
export { default as CopiedBar } from './copied-bar.tsx';
export { default as ExportBar } from './export-bar.tsx';
