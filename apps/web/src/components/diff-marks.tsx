import { makeStyles, tokens } from '@fluentui/react-components';
import { PlainText } from './plain-text.tsx';

/** Words that were added: green, underlined, with a plus before them. */
export function Added({ text }: { text: string }) {
  const styles = useStyles();
  return (
    <ins className={styles.added}>
      <PlainText text={text} />
    </ins>
  );
}
/** Words that were removed: red, struck through, with a minus before them. */
export function Removed({ text }: { text: string }) {
  const styles = useStyles();
  return (
    <del className={styles.removed}>
      <PlainText text={text} />
    </del>
  );
}

// The signs are drawn, not written: what is selected and copied is the value alone. A word joiner
// keeps the sign on the line of its word.
const useStyles = makeStyles({
  added: {
    color: tokens.colorPaletteGreenForeground1,
    backgroundColor: tokens.colorPaletteGreenBackground1,
    textDecorationLine: 'underline',
    textDecorationThickness: '1px',
    textUnderlineOffset: '2px',
    borderRadius: tokens.borderRadiusSmall,
    '::before': { content: String.raw`"+\2060"`, fontFamily: tokens.fontFamilyMonospace },
  },
  removed: {
    color: tokens.colorPaletteRedForeground1,
    backgroundColor: tokens.colorPaletteRedBackground1,
    textDecorationLine: 'line-through',
    borderRadius: tokens.borderRadiusSmall,
    '::before': { content: String.raw`"−\2060"`, fontFamily: tokens.fontFamilyMonospace },
  },
});
