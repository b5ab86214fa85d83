/** A cursor that was not made by this installation for this filter. */
export class CursorInvalid extends Error {
  override readonly name = 'CursorInvalid';
}
/** A name that another setting of the directory has already. */
export class SettingExists extends Error {
  override readonly name = 'SettingExists';
}
/** The setting changed since it was read: `current` is its version now. */
export class SettingChanged extends Error {
  override readonly name = 'SettingChanged';
  readonly current: number;
  constructor(current: number) {
    super(`The setting has version ${current} now.`);
    this.current = current;
  }
}
export class SettingNotFound extends Error {
  override readonly name = 'SettingNotFound';
}
/** A setting under legal hold cannot be deleted. */
export class SettingHeld extends Error {
  override readonly name = 'SettingHeld';
  readonly reason: string;
  constructor(setting: string, reason: string) {
    super(`The diagnostic setting '${setting}' is under legal hold (${reason}).`);
    this.reason = reason;
  }
}
/** More settings than Azure allows for one log provider. */
export class SettingLimit extends Error {
  override readonly name = 'SettingLimit';
  readonly limit: number;
  constructor(limit: number) {
    super(`There are ${limit} diagnostic settings already.`);
    this.limit = limit;
  }
}
/** A sink that another setting uses for the same category. */
export class SinkInUse extends Error {
  override readonly name = 'SinkInUse';
  readonly sink: string;
  readonly setting: string;
  readonly category: string;
  readonly type: string;
  constructor(sink: string, setting: string, category: string, type: string) {
    super(`Data sink '${sink}' is already used in diagnostic setting '${setting}' for category '${category}'.`);
    this.sink = sink;
    this.setting = setting;
    this.category = category;
    this.type = type;
  }
}
/** The database was made by a newer Weir. */
export class DatabaseNewer extends Error {
  override readonly name = 'DatabaseNewer';
}

/** A view of this name is there already, or there are too many. */
export class ViewExists extends Error {
  override readonly name = 'ViewExists';
  constructor(view: string) {
    super(`There is a view '${view}' already, or there are too many.`);
  }
}
/** Secrets of a setting are missing, or may not be kept. Each fault names its field. */
export class SecretsRefused extends Error {
  override readonly name = 'SecretsRefused';
  readonly faults: readonly { path: string; message: string }[];
  constructor(faults: readonly { path: string; message: string }[]) {
    super(faults[0]?.message ?? 'A secret is missing.');
    this.faults = faults;
  }
}
/** More exports of one person wait or run than may. */
export class ExportLimit extends Error {
  override readonly name = 'ExportLimit';
  readonly limit: number;
  constructor(limit: number) {
    super(`${limit} exports wait or run already.`);
    this.limit = limit;
  }
}
/** The files of a directory's exports take more room than they may, in bytes. */
export class ExportSpace extends Error {
  override readonly name = 'ExportSpace';
  readonly limit: number;
  constructor(limit: number) {
    super(`The exports of this directory take more than ${limit} bytes.`);
    this.limit = limit;
  }
}
/** A job was cancelled, or another process works on it. */
export class LeaseGone extends Error {
  override readonly name = 'LeaseGone';
}
