/** Searches that every admin center needs sooner or later. */
export const builtInViews: readonly { label: string; q: string }[] = [
  { label: 'Deletions', q: 'activity:delete*' },
  {
    label: 'Remote actions',
    q: 'category:Device activity:(wipe* or retire* or rebootNow* or syncDevice* or remoteLock* or resetPasscode* or *Scan* or rotate* or locateDevice*)',
  },
  { label: 'Role changes', q: 'category:Role' },
  { label: 'Assignments', q: 'activity:(assign* or *assignment)' },
  { label: 'Failed', q: '-status:Success' },
];
