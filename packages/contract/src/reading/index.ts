export { textOfBase64 } from './base64.ts';
export { applyDiff, diffValues, NONE, recordedValue, type RecordedValue, type ValueDiff } from './diff.ts';
export { ALL_DEVICES, ALL_USERS, assignmentOf, everyoneOf, meaningOf, namesIn, NOBODY, type Meaning, type Names } from './ids.ts';
export { parseJson, printJson, type Json } from './json.ts';
export { jsonChanges, printPath, type JsonChange, type JsonDiffNode } from './json-diff.ts';
export { Meter } from './meter.ts';
export {
  changeOf,
  collectionItem,
  diffProperties,
  isTechnical,
  nameInWords,
  type ModifiedProperty,
  type PropertyChange,
  type PropertyGroup,
  type ReadProperty,
} from './properties.ts';
export { sentenceOf, sentenceParts, type SentencePart, type SentenceRecord } from './sentence.ts';
export type { Piece, TextDiff } from './text-diff.ts';
export { hiddenSigns, inertText } from './inert.ts';
export { visibleParts, visibleText } from './visible.ts';
