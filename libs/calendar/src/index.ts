export { CronError, readCron } from './cron-pattern.ts';
export { fromLocalTime, toLocalTime } from './local-time.ts';
export { findZone } from './time-zone.ts';
export { clockChangesOf, timetableOf } from './timetable-of.ts';
