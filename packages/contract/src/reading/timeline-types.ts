/** What a timeline is made of, and what it tells. docs/timeline.md has the words. */

/** How sure a value is. `exact`: a record sets it, and nothing that could have changed it since is missing. */
export type Mark = 'exact' | 'approximate' | 'unavailable';

/** A property as a record has it. Null: the record does not say; `<null>` is Intune's own word and stays. */
export interface ChangedProperty {
  readonly name: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
}
/** The object itself (`part` is empty), or something that belongs to it, such as an assignment (`part` is its id). */
export interface ChangedSubject {
  readonly part: string;
  /** A part of another object that names this one, such as the assignment of a policy to this group. */
  readonly foreign?: boolean;
  readonly name: string | null;
  readonly type: string | null;
  readonly properties: readonly ChangedProperty[];
}
/** A record, as far as it tells of one object. */
export interface ObjectChange {
  readonly recordId: string;
  /** UTC, ISO 8601, with as many digits as the record has. */
  readonly time: string;
  readonly seq: number;
  /** `Create`, `Delete`, `Patch`, `Action` … */
  readonly operation: string | null;
  /** `Create DeviceConfiguration`: verb and kind of thing. */
  readonly activity: string | null;
  readonly result: string | null;
  /** How many targets the record names in all. */
  readonly targets: number;
  readonly subjects: readonly ChangedSubject[];
}
/** A time from which no records were read. Null: from the beginning, or up to now. */
export interface CoverageGap {
  readonly from: string | null;
  readonly to: string | null;
  /** Why, as a sentence. */
  readonly reason: string;
}
/** A moment; with `seq`, just after that record. Without one, after everything that happened at that time. */
export interface TimelinePoint {
  readonly time: string;
  readonly seq?: number | undefined;
}
/** Whether something was there, or what a property was. `record` is what it is known from; `gap` what makes it unsure. */
export interface Finding {
  readonly present: boolean;
  readonly mark: Mark;
  /** A sentence. */
  readonly reason: string;
  readonly record: { readonly id: string; readonly time: string } | null;
  readonly gap: CoverageGap | null;
}
export interface PropertyAt extends Finding {
  readonly part: string;
  readonly name: string;
  readonly value: string | null;
}
export interface PartAt extends Finding {
  readonly part: string;
  readonly name: string | null;
  readonly type: string | null;
}
export interface ObjectState {
  /** The object itself first, then its parts. */
  readonly parts: readonly PartAt[];
  readonly properties: readonly PropertyAt[];
}
