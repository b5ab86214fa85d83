/** Where an expression begins in its text: UTF-16 units from 0. */
interface Placed {
  readonly at: number;
}
/** A constant. `text` has its quotes taken off; a time is as it was written. */
export interface Literal extends Placed {
  readonly kind: 'literal';
  readonly type: 'string' | 'time' | 'guid' | 'number' | 'boolean' | 'null';
  readonly text: string;
}
/** `actor/userPrincipalName`, or `r/displayName` within `any(r:…)`. */
export interface Path extends Placed {
  readonly kind: 'path';
  readonly segments: readonly string[];
}
export interface Call extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Operand[];
}
export type Operand = Literal | Path | Call;
export const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof comparisons)[number];

/** A `$filter`. https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_SystemQueryOptionfilter */
export type Filter =
  | (Placed & { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter })
  | (Placed & { readonly kind: 'not'; readonly of: Filter })
  | (Placed & { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand })
  | (Placed & { readonly kind: 'in'; readonly left: Operand; readonly values: readonly Literal[] })
  /** `of` is null for `any()`: whether there are items at all. */
  | (Placed & { readonly kind: 'any' | 'all'; readonly path: Path; readonly variable: string; readonly of: Filter | null })
  | Call
  | Path;

/** Why a text cannot be answered, and where. `unsupported`: it is OData, but not of what is supported here. */
export class ODataError extends Error {
  override readonly name = 'ODataError';
  readonly at: number;
  readonly unsupported: boolean;
  constructor(at: number, message: string, unsupported = false) {
    super(message);
    this.at = at;
    this.unsupported = unsupported;
  }
}
